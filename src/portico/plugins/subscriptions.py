"""Turns an `ISignal` mapping into subscriptions: all of it is checked before any of it is connected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from portico.errors import PluginError
from portico.plugins.interfaces import SubscriptionSpec
from portico.plugins.other_libraries import foreign_label, is_foreign
from portico.signals import ANY, Receiver, Signal, describe_receiver, is_generator_function

if TYPE_CHECKING:
    from portico.plugins.scope import PluginScope

_KEYS = frozenset(SubscriptionSpec.__annotations__)


class Wanted(NamedTuple):
    """One checked entry of a mapping."""

    signal: Any
    receiver: Receiver
    sender: object = ANY
    order: int = 0

    def connect(self, scope: PluginScope) -> None:
        """Connect it in the `with` block of a scope."""
        if isinstance(self.signal, Signal):
            self.signal.connect(self.receiver, sender=self.sender, order=self.order)
        else:
            scope.connect(self.signal, self.receiver, self.sender)


def read_mapping(mapping: object) -> list[Wanted]:
    """Return the entries of a mapping, in its order. The mapping itself is left alone.

    Raises:
        PluginError: a key is no signal, or an entry is neither a callable nor a dict of the known form.
    """
    if not isinstance(mapping, Mapping):
        msg = f"get_signal_subscriptions() returned {type(mapping).__name__!r}; return a dict of signals and receivers"
        raise PluginError(msg)
    return [_read_entry(signal, entry) for signal, entries in mapping.items() for entry in _entries(signal, entries)]


def _entries(signal: object, entries: object) -> Iterable[object]:
    if not isinstance(signal, Signal) and not is_foreign(signal):
        msg = f"the mapping has the key {signal!r}, which is not a signal; use one such as core.signal('user_created')"
        raise PluginError(msg)
    if not isinstance(entries, Iterable) or isinstance(entries, str | Mapping):
        msg = f"the mapping has {type(entries).__name__!r} for {_label(signal)}; put the receivers into a list"
        raise PluginError(msg)
    return entries


def _read_entry(signal: object, entry: Any) -> Wanted:
    label = _label(signal)
    if not isinstance(entry, Mapping):
        entry = {"receiver": entry}
    unknown = sorted(str(key) for key in entry.keys() - _KEYS)
    if unknown:
        known = ", ".join(sorted(_KEYS))
        msg = f"an entry for {label} has the unknown key {', '.join(unknown)}; known are {known}"
        raise PluginError(msg)
    receiver, order = entry.get("receiver"), entry.get("order", 0)
    if not callable(receiver):
        msg = f"an entry for {label} has {type(receiver).__name__!r} as its receiver, which is not callable"
        raise PluginError(msg)
    if is_generator_function(receiver):
        msg = (
            f"an entry for {label} has {describe_receiver(receiver)} as its receiver, which has a `yield` in it: "
            "calling it would run nothing of it; return a list"
        )
        raise PluginError(msg)
    if not isinstance(order, int):
        msg = f"an entry for {label} has the order {order!r}; use a whole number"
        raise PluginError(msg)
    if order and not isinstance(signal, Signal):
        msg = f"an entry for {label} has the order {order}; receivers of another library's signal have none"
        raise PluginError(msg)
    return Wanted(signal, receiver, entry.get("sender", ANY), order)


def _label(signal: object) -> str:
    return signal.label if isinstance(signal, Signal) else foreign_label(signal)
