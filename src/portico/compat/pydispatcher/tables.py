"""Shows who is connected to the dispatcher, in tables that are made anew at each look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Final
from typing import Any as Value
from weakref import ReferenceType, WeakKeyDictionary

from portico.compat.connections import GONE, Connection, behind, sender_finder
from portico.compat.connections import connections as connected_to
from portico.compat.pydispatcher.dispatching import (
    STYLE,
    Anonymous,
    Any,
    connect_receiver,
    known_signals,
)
from portico.compat.pydispatcher.errors import DispatcherKeyError
from portico.compat.pydispatcher.saferef import safeRef
from portico.signals import ANY, sender_reference

if TYPE_CHECKING:
    from portico.compat.connections import Raw
    from portico.compat.facade_receiver import FacadeReceiver
# References are looked up by their `id()`, so that a receiver has one for as long as it is connected.
_references: Final = WeakKeyDictionary["FacadeReceiver", "Raw"]()


def raw_of(facade_receiver: FacadeReceiver) -> Raw | None:
    """Return what stands for a receiver in the tables: itself, or a reference if it is weak; None once it is gone."""
    receiver = facade_receiver.reference()
    if receiver is None or not facade_receiver.weak:
        return receiver
    return _references.get(facade_receiver) or _references.setdefault(facade_receiver, safeRef(receiver))


class Table(MutableMapping[int, Value]):
    """One table, by `id()`. Taking out of it what is connected disconnects it.

    Args:
        content: gives what is in it.
    """

    def __init__(self, content: Callable[[], Mapping[int, Value]]) -> None:
        self._content: Final = content

    def __getitem__(self, key: int) -> Value:
        return self._content()[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._content())

    def __len__(self) -> int:
        return len(self._content())

    def __setitem__(self, key: int, value: Value) -> None:
        """Do nothing: it follows from who is connected."""

    def __delitem__(self, key: int) -> None:
        """Do nothing but for a key that is not there: it follows from who is connected."""
        self._content()[key]

    def clear(self) -> None:
        """Take everything out."""
        for key in self._content():
            self.pop(key, None)

    def copy(self) -> dict[int, Value]:
        """Return what is in it now."""
        return dict(self._content())

    def __repr__(self) -> str:
        return repr(self.copy())


class Signals(dict[Value, "list[Raw]"]):
    """What is connected to one sender: a list for each signal."""

    def __init__(self, find_sender: Callable[[], object]) -> None:
        super().__init__()
        self.find_sender: Final = find_sender
        """Gives the sender, `Any` for every one; GONE once it is no more."""


class Connections(Table):
    """Who is connected: by `id()` of the sender, a list for each signal.

    A sender that is taken out is disconnected. What was taken out can be put back as long as the sender lives.
    """

    def __init__(self) -> None:
        super().__init__(_connections)

    def __setitem__(self, key: int, signals: Mapping[Value, Iterable[Raw]]) -> None:
        """Have these receivers connected to a sender, and no others.

        Raises:
            DispatcherKeyError: nobody knows a sender by that `id()`.
        """
        known = signals if isinstance(signals, Signals) else self.get(key)
        sender = known.find_sender() if known is not None else GONE
        if sender is GONE:
            msg = f"no sender has the id {key!r}; call connect() with the sender instead"
            raise DispatcherKeyError(msg)
        self.pop(key, None)
        for signal, receivers in signals.items():
            for raw in receivers:
                receiver = behind(raw)
                if receiver is not None:
                    connect_receiver(receiver, signal, sender, weak=isinstance(raw, ReferenceType))

    def __delitem__(self, key: int) -> None:
        """Disconnect everything from a sender."""
        self[key]
        for _, connection in _every():
            if id(_sender(connection)) == key:
                connection.subscription.cancel()


def _connections() -> dict[int, Signals]:
    found: dict[int, Signals] = {}
    for signal, connection in _every():
        signals = found.setdefault(id(_sender(connection)), Signals(_sender_finder(connection)))
        raw = raw_of(connection.facade_receiver) if connection.facade_receiver else None
        if raw is not None:
            signals.setdefault(signal, []).append(raw)
    return found


def _senders() -> dict[int, ReferenceType[Value]]:
    found = {}
    for _, connection in _every():
        sender, reference = _sender(connection), sender_reference(connection.subscription).find
        if isinstance(reference, ReferenceType) and sender is not Anonymous:
            found[id(sender)] = reference
    return found


def _senders_back() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for sender, signals in _connections().items():
        for raw in {id(raw): raw for receivers in signals.values() for raw in receivers}:
            found.setdefault(raw, []).append(sender)
    return found


def _every() -> Iterator[tuple[Value, Connection]]:
    for signal, portico in known_signals():
        for connection in connected_to(portico):
            if connection.facade_receiver is not None and connection.facade_receiver.style == STYLE:
                yield signal, connection


def _sender(connection: Connection) -> object:
    return Any if connection.sender is ANY else connection.sender


def _sender_finder(connection: Connection) -> Callable[[], object]:
    return (lambda: Any) if connection.sender is ANY else sender_finder(connection.subscription)


connections: Final = Connections()
senders: Final = Table(_senders)
"""References to the senders that may die."""
sendersBack: Final = Table(_senders_back)  # noqa: N816 - theirs
"""By `id()` of what stands for a receiver in `connections`: the ids of its senders."""
