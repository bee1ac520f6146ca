"""Shows who is connected to a blinker signal, and does to the signal what is done to its `receivers`."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import ReferenceType, ref

from portico.compat.blinker._utilities import make_id
from portico.compat.connections import (
    GONE,
    Connection,
    LiveTables,
    behind,
    connection,
    connections,
    is_same,
    sender_finder,
    writing,
)
from portico.signals import ANY, receiver_key, sender_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from portico.compat.connections import Raw
    from portico.signals import Receiver, Signal, Subscription

    Connect = Callable[[Hashable, Receiver, object, bool], object]

STYLE: Final = "blinker"
ANY_ID: Final = 0
"""What `ANY` is known by as a sender."""


@writing("__delitem__", "__ior__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update")
class Receivers(dict["Hashable", "Raw"]):
    """The living receivers by what they are known by; weak ones as references. A receiver that goes is disconnected."""

    def __init__(self, tables: Tables | None, content: Mapping[Hashable, Raw]) -> None:
        super().__init__(content)
        self.tables = tables
        """Whose they are; None once others were put in their place."""

    def written(self) -> None:
        """Connect and disconnect until the signal is as these are."""
        if self.tables is not None:
            self.tables.write(dict(self))

    def renew(self, content: Mapping[Hashable, Raw]) -> None:
        """Be as the signal is."""
        dict.clear(self)
        dict.update(self, content)


def receiver_id(receiver: Receiver) -> Hashable:
    """Return what a receiver is known by in the tables."""
    return make_id(receiver) if isinstance(receiver, MethodType) else receiver_key(receiver)


class _Left(NamedTuple):
    """One connection of a receiver that was taken out of the table: it comes back when the receiver does."""

    subscription: ReferenceType[Subscription]
    """Kept by the plugin that it belongs to, if any, and by nobody here."""
    find_sender: Callable[[], object]
    """Gives the sender as long as it lives."""


class Tables(LiveTables[Receivers]):
    """What blinker keeps of one signal, made of what the engine keeps.

    Args:
        signal: the signal.
        connect: connects a receiver, under what it is known by, to a sender, weakly or not.
    """

    def __init__(self, signal: Signal[...], connect: Connect) -> None:
        self._signal: Final = signal
        self._connect: Final = connect
        self._left: Final[dict[Hashable, list[_Left]]] = {}
        self._watched: Final[dict[Hashable, ReferenceType[Any]]] = {}
        super().__init__()

    def replace(self, content: Mapping[Hashable, Raw]) -> None:
        """Let the receivers be these; who has the earlier ones keeps them as they are."""
        self.leave(content)
        self.write(dict(content))

    def changed(self, key: Hashable) -> None:
        """Take note that a receiver was connected or disconnected."""
        self.forget(key)
        self.refresh()

    def write(self, wanted: Mapping[Hashable, Raw]) -> None:
        """Connect and disconnect until the receivers are these."""
        present = self._content()
        changed = {key for key in {*present, *wanted} if not is_same(present.get(key), wanted.get(key))}
        for key in changed & present.keys():
            self._take_out(key)
        for key in changed & wanted.keys():
            self._put_back(key, wanted[key])

    def forget(self, key: Hashable) -> None:
        """Forget which senders a receiver that was taken out was connected to."""
        self._left.pop(key, None)
        self._watched.pop(key, None)

    def by_receiver(self) -> dict[Hashable, set[Hashable]]:
        """Return the ids of the senders that each receiver is connected to."""
        found: dict[Hashable, set[Hashable]] = {}
        for each in connections(self._signal):
            found.setdefault(_key(each), set()).add(_sender_id(each))
        return found

    def by_sender(self) -> dict[Hashable, set[Hashable]]:
        """Return the ids of the receivers that are connected to each sender."""
        found: dict[Hashable, set[Hashable]] = {}
        for each in connections(self._signal):
            found.setdefault(_sender_id(each), set()).add(_key(each))
        return found

    def weak_senders(self) -> dict[Hashable, ReferenceType[Any]]:
        """Return references to the senders that may die."""
        return {
            _sender_id(each): reference
            for each in connections(self._signal)
            if isinstance(reference := sender_reference(each.subscription).find, ReferenceType)
        }

    def _make(self) -> Receivers:
        return Receivers(self, self._content())

    def _renew(self, current: Receivers) -> None:
        current.renew(self._content())

    def _content(self) -> dict[Hashable, Raw]:
        return {_key(each): each.raw for each in connections(self._signal)}

    def _take_out(self, key: Hashable) -> None:
        found = [each for each in connections(self._signal) if _key(each) == key]
        self._left[key] = [_Left(ref(each.subscription), sender_finder(each.subscription)) for each in found]
        for each in found:
            self._watch(key, each.receiver)
            each.subscription.suspend()

    def _put_back(self, key: Hashable, raw: Raw) -> None:
        receiver = behind(raw)
        left = self._left.get(key, ())  # None of a receiver that was never connected: nor would blinker call it.
        self.forget(key)
        if receiver is None:
            return
        for subscription, find_sender in left:
            suspended, sender = subscription(), find_sender()
            if suspended is not None and is_same(_receiver_of(suspended), receiver):
                suspended.resume()
            elif sender is not GONE:
                self._connect(key, receiver, sender, isinstance(raw, ReferenceType))

    def _watch(self, key: Hashable, receiver: Any) -> None:
        left, watched = self._left, self._watched

        def died(_: object) -> None:
            left.pop(key, None)
            watched.pop(key, None)

        try:
            self._watched[key] = ref(getattr(receiver, "__self__", receiver), died)
        except TypeError:
            self.forget(key)  # It would be remembered for ever.


def _key(connection: Connection) -> Hashable:
    own = connection.facade_receiver
    return own.key[1] if own and own.style == STYLE else receiver_id(connection.receiver)


def _sender_id(connection: Connection) -> Hashable:
    return ANY_ID if connection.sender is ANY else make_id(connection.sender)


def _receiver_of(subscription: Subscription) -> Receiver | None:
    found = connection(subscription)
    return found.receiver if found else None
