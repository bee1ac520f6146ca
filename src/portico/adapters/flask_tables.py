"""Knows which plugin put what into the tables of a Flask application, takes it out, and puts it back."""

from __future__ import annotations

from contextlib import contextmanager
from difflib import SequenceMatcher
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from flask import Flask
    from jinja2 import Environment

    Owner = tuple[str, str]
    """A plugin, and which of the things that it brought."""
    Slot = tuple[Any, ...]
    """The name of a table, and where in it: the blueprint's name or None, for error handlers also code and class."""

_OF_BLUEPRINTS: Final = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
_OF_THE_APPLICATION: Final = ("teardown_appcontext_funcs", "url_build_error_handlers", "shell_context_processors")
_HANDLERS: Final = "error_handler_spec"


class Entry(NamedTuple):
    """One function in a table."""

    function: Any
    owner: Owner | None
    """Who brought it; None for the application's own."""


class FlaskTables:
    """The tables of one application: what is in them, and which plugin brought it.

    A table is never changed in place: a request that is under way goes on with what it has found.
    """

    def __init__(self, app: Flask) -> None:
        self._app: Final = app
        self._layouts: Final[dict[Slot, list[Entry]]] = {}
        """Where plugins brought something: everything in its order, also what is out at the moment."""
        self._off: Final[set[Owner]] = set()
        self._endpoints: Final[dict[str, str]] = {}
        self._changing: Final = Mutex()
        self._filling: Final[list[Owner]] = []
        """Whose code is just putting something in; plugins may enable one another."""

    def page_owner(self, endpoint: str | None) -> str | None:
        """Return the plugin that brought a page."""
        return self._endpoints.get(endpoint) if endpoint else None

    def forget(self, owner: Owner) -> None:
        """Take out what somebody brought, for good."""
        self.take_out(owner)
        with self._changing:
            self._off.discard(owner)
            for slot, layout in self._layouts.items():
                self._layouts[slot] = [entry for entry in layout if entry.owner != owner]
            self._forget_untouched()

    @contextmanager
    def registering(self, owner: Owner, lasting: list[str]) -> Iterator[None]:
        """Find out what the block puts into the application for a plugin.

        Args:
            owner: the plugin.
            lasting: gets in words what stays there while the plugin is off.
        """
        with self._changing:
            self._attribute(self._filling[-1] if self._filling else None)
            self._filling.append(owner)
            pages, known = set(self._app.view_functions), _lasting(self._app)
            had_templates = "jinja_env" in vars(self._app)
            try:
                yield
            finally:
                self._attribute(owner)
                new = self._app.view_functions.keys() - pages - self._endpoints.keys()
                self._endpoints.update(dict.fromkeys(new, owner[0]))
                now = _lasting(self._app)
                if not had_templates and "jinja_env" in vars(self._app):
                    known |= _in_templates(self._app.create_jinja_environment())
                lasting += [words for words, thing in now.items() if not _is_same(thing, known.get(words))]
                self._filling.pop()
                self._forget_untouched()

    def take_out(self, owner: Owner) -> None:
        """Take out what a plugin brought."""
        self._switch(self._off | {owner})

    def put_back(self, owner: Owner) -> None:
        """Put what a plugin brought back in its old place."""
        self._switch(self._off - {owner})

    def _switch(self, off: set[Owner]) -> None:
        with self._changing:
            if off == self._off:
                return
            now = _contents(self._app)
            for slot, known in self._layouts.items():
                # The application may have added something of its own meanwhile.
                layout = self._layouts[slot] = self._merged(slot, known, now.get(slot, []), None)
                wanted = _effective(slot, layout, off)
                if wanted != now.get(slot, []):
                    _write(self._app, slot, wanted)
            self._off.clear()
            self._off.update(off)

    def _attribute(self, owner: Owner | None) -> None:
        """Let everything in the tables that nobody is known to have brought be somebody's."""
        for slot, functions in _contents(self._app).items():
            self._layouts[slot] = self._merged(slot, self._layouts.get(slot, []), functions, owner)

    def _forget_untouched(self) -> None:
        if self._filling:
            return  # What the application has is told from what comes by its being known.
        for slot in [slot for slot, layout in self._layouts.items() if not any(entry.owner for entry in layout)]:
            del self._layouts[slot]

    def _merged(self, slot: Slot, layout: list[Entry], now: Sequence[Any], owner: Owner | None) -> list[Entry]:
        """Return the layout with what has come to the table, as `owner`'s, and without what has gone from it."""
        if slot[0] == _HANDLERS:
            # One at a time: a later one covers the earlier ones.
            covered = _effective(slot, layout, self._off) == now
            return layout if covered else [*layout, *(Entry(function, owner) for function in now)]
        shown = [i for i, entry in enumerate(layout) if entry.owner not in self._off]
        matcher = SequenceMatcher(None, [id(layout[i].function) for i in shown], list(map(id, now)), autojunk=False)
        merged: list[Entry] = []
        copied = 0
        for tag, start, end, new_start, new_end in matcher.get_opcodes():
            for i in shown[start:end]:
                merged += layout[copied : i + (tag == "equal")]
                copied = i + 1
            if tag in {"insert", "replace"}:
                # After what is out at this place: that was there before.
                place = shown[end] if end < len(shown) else len(layout)
                merged += layout[copied:place]
                copied = place
                merged += [Entry(function, owner) for function in now[new_start:new_end]]
        return merged + layout[copied:]


def _effective(slot: Slot, layout: list[Entry], off: Collection[Owner]) -> list[Any]:
    """Return what is to stand in a table."""
    functions = [entry.function for entry in layout if entry.owner not in off]
    return functions[-1:] if slot[0] == _HANDLERS else functions


def _contents(app: Flask) -> dict[Slot, list[Any]]:
    found: dict[Slot, list[Any]] = {(name,): list(getattr(app, name)) for name in _OF_THE_APPLICATION}
    for name in _OF_BLUEPRINTS:
        found |= {(name, scope): list(functions) for scope, functions in getattr(app, name).items()}
    for scope, by_code in app.error_handler_spec.items():
        for code, by_class in by_code.items():
            found |= {(_HANDLERS, scope, code, kind): [handler] for kind, handler in by_class.items()}
    return found


def _write(app: Flask, slot: Slot, functions: list[Any]) -> None:
    if slot[0] == _HANDLERS:
        _, scope, code, kind = slot
        by_class = dict(app.error_handler_spec[scope][code])
        by_class.pop(kind, None)
        for handler in functions:
            by_class[kind] = handler
        app.error_handler_spec[scope][code] = by_class
    elif slot[0] in _OF_THE_APPLICATION:
        setattr(app, slot[0], functions)
    else:
        getattr(app, slot[0])[slot[1]] = functions


def _lasting(app: Flask) -> dict[str, Any]:
    """Return what is not taken out again, in words."""
    found = {"the WSGI application around all pages": vars(app).get("wsgi_app")}
    found |= {f"the command {name!r}": command for name, command in app.cli.commands.items()}
    # Making the environment would settle the application's options for templates too early.
    return found | (_in_templates(app.jinja_env) if "jinja_env" in vars(app) else {})


def _in_templates(environment: Environment) -> dict[str, Any]:
    return {
        f"the template {kind} {name!r}": thing
        for kind in ("filter", "test", "global")
        for name, thing in getattr(environment, f"{kind}s").items()
    }


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, MethodType) and one == other)
