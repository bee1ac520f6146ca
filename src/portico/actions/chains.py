"""Keeps functions by name, each brought by the application or a plugin, and chains those that wrap one another."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias

from portico.actions.marks import denies, is_chained, is_marked, sensitive_fields
from portico.actions.models import model_of
from portico.errors import ActionError, PluginError
from portico.signals import Mutex, Undo, Undoing

Context: TypeAlias = dict[str, Any]
"""Who acts, and with what: `user`, `session`, ... Shared by the actions that call one another."""
DataDict: TypeAlias = dict[str, Any]
"""What an action is to do: its arguments, by name."""
ActionFunction: TypeAlias = Callable[..., Any]
"""`(context, data_dict) -> result`, or `(next_action, context, data_dict) -> result` for a chained one."""
AuthFunction: TypeAlias = Callable[..., "bool | Mapping[str, Any]"]
"""`(context, data_dict) -> verdict`, or `(next_auth, context, data_dict) -> verdict` for a chained one."""

_sequence: Final = count()


class _Entry(NamedTuple):
    rank: int
    sequence: int
    owner: str | None
    """The plugin that brought it; None for the application."""
    function: Callable[..., Any]

    @property
    def chained(self) -> bool:
        return is_chained(self.function)


class Chain:
    """The functions of one name: the original, and those that wrap it, outermost first."""

    def __init__(self, original: _Entry, wrappers: tuple[_Entry, ...], replaced: tuple[_Entry, ...]) -> None:
        self._parts: Final = tuple(entry.function for entry in (*wrappers, original))
        self._replaced: Final = tuple(entry.function for entry in replaced)
        self.call: Final = self.around(original.function)
        """The outermost, with everything it wraps."""

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return what wraps the original, with another function in its place."""
        call = original
        for wrapper in reversed(self._parts[:-1]):
            call = partial(wrapper, call)
        return call

    def is_marked(self, mark: str) -> bool:
        """Tell whether every part is marked: one that is not says that the whole cannot be."""
        return all(is_marked(function, mark) for function in self._parts)

    @property
    def is_side_effect_free(self) -> bool:
        """Whether the original says so, and no wrapper denies it: most of them only change what is shown."""
        *wrappers, original = self._parts
        denied = any(denies(wrapper, "side_effect_free") for wrapper in wrappers)
        return is_marked(original, "side_effect_free") and not denied

    @property
    def doc(self) -> str:
        """What the original says of itself."""
        return inspect.getdoc(self._parts[-1]) or ""

    @property
    def takes(self) -> Any:
        """What the original says it takes: a model, or None."""
        return model_of(self._parts[-1], "takes_model")

    @property
    def returns(self) -> Any:
        """What the original says it returns: a model or a type of some, or None."""
        return model_of(self._parts[-1], "returns_model")

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """The fields that any part says to be sensitive, one that was replaced too: a replacement forgets easily."""
        return frozenset().union(*map(sensitive_fields, (*self._parts, *self._replaced)))


class Chains:
    """Every function of one kind, by name. Reading takes no lock."""

    def __init__(self, kind: str) -> None:
        self._kind: Final = kind
        self._entries: dict[str, tuple[_Entry, ...]] = {}
        self._chains: dict[str, Chain] = {}
        self._changing: Final = Mutex()

    def add(self, functions: Mapping[str, Callable[..., Any]], *, owner: str | None = None, rank: int = 0) -> Undo:
        """Add functions, all of them or none; return what removes exactly these.

        Raises:
            ActionError: the application brings a name twice, or something that cannot be called as one.
            PluginError: a plugin does, or a name that another plugin brings.
        """
        added = {name: _Entry(rank, next(_sequence), owner, function) for name, function in functions.items()}
        with self._changing:
            for name, entry in added.items():
                self._refuse(name, entry)
            for name, entry in added.items():
                self._change(name, (*self._entries.get(name, ()), entry))

        @Undoing
        def remove() -> None:
            with self._changing:
                for name, entry in added.items():
                    self._change(name, tuple(each for each in self._entries.get(name, ()) if each is not entry))

        return remove

    def find(self, name: str) -> Chain | None:
        """Return the chain of that name if there is an original."""
        return self._chains.get(name)

    def wrapped_by(self, name: str) -> list[str]:
        """Return the plugins that wrap a name, whether or not anybody brings the original."""
        return [entry.owner or "the application" for entry in self._entries.get(name, ())]

    @property
    def names(self) -> list[str]:
        """The names that can be called, sorted."""
        return sorted(self._chains)

    def _change(self, name: str, entries: tuple[_Entry, ...]) -> None:
        entries = tuple(sorted(entries, key=lambda entry: entry[:2]))
        # Replaced whole, never changed: whoever reads sees the old chain or the new one.
        self._entries = {key: value for key, value in self._entries.items() if key != name}
        chains = {key: value for key, value in self._chains.items() if key != name}
        if entries:
            self._entries[name] = entries
        originals = [entry for entry in entries if not entry.chained]
        if originals:
            # A plugin's replaces the application's; of each there is at most one.
            original = next((entry for entry in originals if entry.owner is not None), originals[0])
            replaced = tuple(entry for entry in originals if entry is not original)
            chains[name] = Chain(original, tuple(entry for entry in entries if entry.chained), replaced)
        self._chains = chains

    def _refuse(self, name: str, entry: _Entry) -> None:
        error = ActionError if entry.owner is None else PluginError
        title = f"cannot take the {self._kind} {name!r} of {entry.owner or 'the application'}"
        function: object = entry.function
        if not callable(function):
            msg = f"{title}: {type(function).__name__!r} object is not callable"
            raise error(msg)
        form = "(next, context, data_dict)" if entry.chained else "(context, data_dict)"
        if not _takes(entry.function, form.count(",") + 1):
            msg = f"{title}: it cannot be called as {form}"
            raise error(msg)
        other = next((e for e in self._entries.get(name, ()) if not e.chained and _same_kind(e, entry)), None)
        if other is not None and not entry.chained:
            msg = f"{title}: {other.owner or 'the application'} brings one of that name already; chain yours to it"
            raise error(msg)


def _same_kind(one: _Entry, other: _Entry) -> bool:
    return (one.owner is None) is (other.owner is None)


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return False
    return True
