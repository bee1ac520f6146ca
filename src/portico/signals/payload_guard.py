"""Finds receivers that change what they were only lent; for tests and development, and free of cost when off.

A payload is shared by all receivers of a send, and by the sender. With the guard on, each payload value is compared
before and after each receiver: containers by their structure, everything else by identity, and what a snapshot was
registered for (mapped objects, see `portico.sources.sqlalchemy`) by that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from portico.errors import ModifiedPayloadWarning
from portico.signals.any_signal import refresh_every_signal
from portico.signals.connecting import warn_at_receiver
from portico.signals.undo import Table
from portico.signals.watching import PayloadChange

if TYPE_CHECKING:
    from portico.signals.any_signal import AnySignal
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription
    from portico.signals.undo import Undo

Observer = Callable[[PayloadChange], object]
Snapshot = Callable[[object], object]

_observers: Final = Table[Observer](refresh_every_signal)
_snapshots: Final = Table[Snapshot]()


def guard_payloads(observer: Observer | None = None) -> Undo:
    """Switch the guard on for every signal; return what switches it off.

    Args:
        observer: called with each change, after the receiver. By default a `ModifiedPayloadWarning` is given at the
            receiver's own lines; where warnings are errors, it is the receiver that fails.
    """
    return _observers.add(observer or _warn)


def guarding() -> bool:
    """Tell whether the guard is on."""
    return bool(_observers)


def snapshot_with(snapshot: Snapshot) -> Undo:
    """Register how to compare a further kind of objects; return what undoes it.

    Args:
        snapshot: returns something that equals its later self if and only if the object was not changed in between;
            None for objects of other kinds.
    """
    return _snapshots.add(snapshot)


class PayloadGuard:
    """Compares one payload before and after one receiver."""

    __slots__ = ("_before", "_payload", "_signal")

    def __init__(self, signal: AnySignal, payload: dict[str, Any]) -> None:
        self._signal: Final = signal
        mutable = signal.declaration.mutable_fields if signal.declaration else ()
        self._payload: Final = {name: value for name, value in payload.items() if name not in mutable}
        self._before: Final = {name: _take(value, {}) for name, value in self._payload.items()}

    def compare(self, subscription: Subscription, receiver: Receiver) -> None:
        """Tell the observers of each field that is not what it was.

        Raises:
            ModifiedPayloadWarning: warnings are errors.
        """
        for field, value in self._payload.items():
            if _take(value, {}) != self._before[field]:
                change = PayloadChange(self._signal, subscription, receiver, field)
                for observer in _observers:
                    observer(change)


class _Same:
    """Stands in a snapshot for an object that is compared by identity; keeps it alive, so that its id stays its own."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._value is other._value

    __hash__ = None  # type: ignore[assignment]


def _take(value: object, around: dict[int, int]) -> object:
    """Return a snapshot of a value; `around` numbers the containers that it is in, which may contain themselves."""
    for snapshot in _snapshots:
        taken = snapshot(value)
        if taken is not None:
            return (_Same(value), taken)
    if type(value) in _PLAIN:
        return (type(value), value)
    parts = _parts(value)
    if parts is None:
        return _Same(value)
    if id(value) in around:
        return around[id(value)]
    around = {**around, id(value): len(around)}
    return (_Same(value), [_take(part, around) for part in parts])


_PLAIN: Final = frozenset({str, bytes, int, bool, type(None)})


def _parts(value: object) -> list[object] | None:
    """Return what is in a container; None for anything else. Runs no code of a subclass."""
    if isinstance(value, list):
        return list(list.__iter__(value))
    if isinstance(value, dict):
        return [part for item in dict.items(value) for part in item]
    if isinstance(value, tuple):
        return list(tuple.__iter__(value))
    if isinstance(value, set):
        return sorted(set.__iter__(value), key=id)  # An order that stays the same as long as the items do.
    if isinstance(value, deque):
        return list(deque.__iter__(value))
    return [bytes(value)] if isinstance(value, bytearray) else None


def _warn(change: PayloadChange) -> None:
    warn_at_receiver(change.receiver, str(change), ModifiedPayloadWarning)
