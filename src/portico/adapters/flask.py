"""Opens a host for a Flask application: its requests and sign-ins are signals, and plugins bring pages to it."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from difflib import SequenceMatcher
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.builtin import register_blueprint, request_finished, request_started, user_logged_in, user_logged_out
from portico.errors import HostError, MissingExtraError
from portico.plugins import Failure, PluginManager, PluginState, Stage
from portico.signals import Mutex, Undo, Undoing, log_failure

try:
    import flask
except ImportError as error:
    raise MissingExtraError("Flask", "flask") from error

try:
    import flask_login
except ImportError:  # Flask is of use without it.
    flask_login = None

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from flask import Flask
    from jinja2 import Environment

    from portico.host import Portico

    Slot = tuple[Any, ...]
    """The name of a table, and where in it: the blueprint's name or None, for error handlers also code and class."""

logger = logging.getLogger(__name__)

_FINISHED: Final = "portico.request_finished"
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


class FlaskApplication:
    """One Flask application, as its host sees it. What plugins bring with their blueprints works while they are on."""

    def __init__(self, app: Flask) -> None:
        self._app: Final = app
        self._tables: Final = FlaskTables(app)

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which plugins are enabled."""
        return self._app.app_context()

    def register(self, manager: PluginManager) -> None:
        """Register what enabled plugins bring, in their order; one that cannot be registered fails its plugin.

        Flask allows that only while the application is built.
        """
        for name, blueprints in manager.take_blueprints():
            lasting: list[str] = []
            try:
                for kind, blueprint in blueprints:
                    if kind is not None:
                        register_blueprint.send(kind, blueprint=blueprint)
                    with self._tables.registering(name, lasting):
                        self._app.register_blueprint(blueprint)
            except Exception as error:  # noqa: BLE001 - it is the plugin's own
                manager.fail(name, Failure.of(Stage.BLUEPRINT, error))
                message = "the pages of plugin %s could not be registered; it was disabled"
                log_failure(logger, message, name, error=error)
            manager.note_lasting(name, lasting)
        # First, so that nobody else looks at a request for a page of a plugin that is off.
        self._app.before_request_funcs.setdefault(None, []).insert(0, lambda: self._check(manager))

    def put_back(self, plugin: str) -> None:
        """Put what a plugin brought back in its old place."""
        self._tables.put_back(plugin)

    def take_out(self, plugin: str) -> None:
        """Take out what a plugin brought."""
        self._tables.take_out(plugin)

    def serve(self, host: Portico) -> Undo:
        """Let the host be asked for, and follow requests and sign-ins; return what undoes it."""
        with ExitStack() as undo:
            undo.callback(self._extend(host))
            undo.callback(watch_requests(self._app, before=host.plugins.check, after=host.plugins.settle))
            if flask_login is not None:
                undo.callback(watch_logins(self._app))
            return Undoing(undo.pop_all().close)

    def refuse(self, host: Portico, why: str) -> Undo:
        """Let every request fail with a `HostError`; the host can still be asked for. Return what undoes it."""

        def refuse(_: Flask, **__: Any) -> None:
            raise HostError(why)

        with ExitStack() as undo:
            undo.callback(_connect(self._app, {flask.request_started: refuse}))
            undo.callback(self._extend(host))
            return Undoing(undo.pop_all().close)

    def _extend(self, host: Portico) -> Undo:
        self._app.extensions["portico"] = host
        return Undoing(lambda: self._app.extensions.pop("portico", None))

    def _check(self, manager: PluginManager) -> None:
        name = self._tables.owner_of(flask.request.endpoint)
        if name is not None and (state := manager.state(name)) is not PluginState.ENABLED:
            flask.abort(404, f"This page belongs to the plugin {name!r}, which is {state}.")


def init_app(host: Portico, app: Flask) -> None:
    """Open a host for an application, until it is closed or replaced: `app.extensions["portico"]`.

    Raises:
        HostError: it is open, or another one is just being opened.
    """
    host.open_for(FlaskApplication(app))


def host_of(application: Flask) -> Portico | None:
    """Return the host that was opened for an application, while it is there to be asked for."""
    host: Portico | None = application.extensions.get("portico")
    return host


def watch_requests(
    app: Flask, *, before: Callable[[], object] | None = None, after: Callable[[], object] | None = None
) -> Undo:
    """Raise `request_started` and `request_finished` for every request to `app`; return what undoes it.

    `before` is called at the start of a request, before anybody hears of it; `after` when everything of a request is
    closed, database sessions included, or of another use of the application's context.

    Flask's own signals are the moments: before any processing, static files included, and after the last
    `after_request` function, error pages included.
    """

    def started(_: Flask, **__: Any) -> None:
        if before is not None:
            before()
        request_started.send(app)

    def finished(_: Flask, *, response: flask.Response, **__: Any) -> None:
        # Flask sends a second time where a receiver of its own signal failed on the first.
        environ = flask.request.environ
        if _FINISHED not in environ:
            environ[_FINISHED] = True
            request_finished.send(app, response=response)

    def torn_down(_: Flask, **__: Any) -> None:
        if after is not None:
            after()

    return _connect(
        app,
        {
            flask.request_started: started,
            flask.request_finished: finished,
            flask.appcontext_tearing_down: torn_down,
        },
    )


def watch_logins(app: Flask) -> Undo:
    """Raise `user_logged_in` and `user_logged_out` for `login_user()` and `logout_user()`; return what undoes it.

    Raises:
        MissingExtraError: Flask-Login is not installed.
    """
    if flask_login is None:
        raise MissingExtraError("Flask-Login", "flask")

    def logged_in(_: Flask, *, user: Any, **__: Any) -> None:
        user_logged_in.send(app, user=user)

    def logged_out(_: Flask, *, user: Any, **__: Any) -> None:
        # Flask-Login also sends when nobody was signed in.
        if user is not None and user.is_authenticated:
            user_logged_out.send(app, user=user)

    return _connect(app, {flask_login.user_logged_in: logged_in, flask_login.user_logged_out: logged_out})


def _connect(app: Flask, receivers: Mapping[Any, Callable[..., None]]) -> Undo:
    """Connect receivers to signals of Flask's kind for one application; return what undoes it."""
    for signal, receiver in receivers.items():
        signal.connect(receiver, sender=app, weak=False)

    @Undoing
    def undo() -> None:
        for signal, receiver in receivers.items():
            signal.disconnect(receiver, sender=app)

    return undo


class Entry(NamedTuple):
    """One function in a table."""

    function: Any
    owner: str | None
    """The plugin that brought it; None for the application's own."""


class FlaskTables:
    """The tables of one application: what is in them, and which plugin brought it.

    A table is never changed in place: a request that is under way goes on with what it has found.
    """

    def __init__(self, app: Flask) -> None:
        self._app: Final = app
        self._layouts: Final[dict[Slot, list[Entry]]] = {}
        """Where plugins brought something: everything in its order, also what is out at the moment."""
        self._off: Final[set[str]] = set()
        self._endpoints: Final[dict[str, str]] = {}
        self._changing: Final = Mutex()

    def owner_of(self, endpoint: str | None) -> str | None:
        """Return the plugin that brought a page."""
        return self._endpoints.get(endpoint) if endpoint else None

    @contextmanager
    def registering(self, owner: str, lasting: list[str]) -> Iterator[None]:
        """Find out what the block puts into the application for a plugin.

        Args:
            owner: the plugin.
            lasting: gets in words what stays there while the plugin is off.
        """
        with self._changing:
            before, pages, known = _contents(self._app), set(self._app.view_functions), _lasting(self._app)
            had_templates = "jinja_env" in vars(self._app)
            try:
                yield
            finally:
                after = _contents(self._app)
                for slot in after:
                    self._take_down(slot, before.get(slot, []), after[slot], owner)
                self._endpoints.update(dict.fromkeys(self._app.view_functions.keys() - pages, owner))
                now = _lasting(self._app)
                if not had_templates and "jinja_env" in vars(self._app):
                    known |= _in_templates(self._app.create_jinja_environment())
                lasting += [words for words, thing in now.items() if not _is_same(thing, known.get(words))]

    def take_out(self, owner: str) -> None:
        """Take out what a plugin brought."""
        self._switch(self._off | {owner})

    def put_back(self, owner: str) -> None:
        """Put what a plugin brought back in its old place."""
        self._switch(self._off - {owner})

    def _switch(self, off: set[str]) -> None:
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

    def _take_down(self, slot: Slot, before: Sequence[Any], after: Sequence[Any], owner: str) -> None:
        known = self._layouts.get(slot, [])
        layout = self._merged(slot, self._merged(slot, known, before, None), after, owner)
        if any(entry.owner for entry in layout):
            self._layouts[slot] = layout

    def _merged(self, slot: Slot, layout: list[Entry], now: Sequence[Any], owner: str | None) -> list[Entry]:
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


def _effective(slot: Slot, layout: list[Entry], off: Collection[str]) -> list[Any]:
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
