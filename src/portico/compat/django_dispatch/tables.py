"""Shows who is connected to a Django signal as a list of tuples, and does to the signal what is done to the list."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import ReferenceType

from portico.compat.connections import GONE, Connection, LiveTables, behind, connections, sender_finder, writing
from portico.errors import ReceiverError
from portico.signals import ANY, describe_receiver, put_in_order, receiver_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from portico.compat.connections import Raw
    from portico.signals import Receiver, Signal, Subscription

    Connect = Callable[[Hashable, Receiver, object, bool], Subscription]

STYLE: Final = "django"


def make_id(target: Any) -> Hashable:
    """Return what Django knows a sender or a receiver by."""
    if hasattr(target, "__func__"):
        return (id(target.__self__), id(target.__func__))
    return id(target)


NONE_ID: Final = make_id(None)


def receiver_id(receiver: Receiver) -> Hashable:
    """Return what a receiver without a `dispatch_uid` is known by."""
    return make_id(receiver) if isinstance(receiver, MethodType) else receiver_key(receiver)


class Entry(tuple["tuple[Hashable, Hashable]", "Raw", bool]):  # noqa: SLOT001 - a tuple has no room for slots
    """One connection: `((receiver or dispatch_uid, sender), receiver, is_async)`; a weak receiver as a reference.

    It keeps the subscription, so that it can be put back after it was taken out.
    """

    subscription: Subscription
    find_sender: Callable[[], object]

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Return the entry of a connection."""
        facade_receiver, sender = connection.facade_receiver, connection.sender
        django = facade_receiver is not None and facade_receiver.style == STYLE
        who = facade_receiver.key[1] if facade_receiver and django else receiver_id(connection.receiver)
        lookup_key = (who, NONE_ID if sender is ANY else make_id(sender))
        entry = cls((lookup_key, connection.raw, connection.subscription.is_coroutine))
        entry.subscription, entry.find_sender = connection.subscription, sender_finder(connection.subscription)
        return entry


@writing(
    *("__delitem__", "__iadd__", "__imul__", "__setitem__", "append", "clear", "extend", "insert", "pop", "remove"),
    *("reverse", "sort"),
)
class Receivers(list[Any]):
    """What is connected, as it is called: entries in order of connecting. What is written to it is connected so."""

    def __init__(self, tables: Tables, entries: Iterable[Any]) -> None:
        super().__init__(entries)
        self.tables: Tables | None = tables
        """Whose they are; None once others were put in their place."""

    def written(self) -> None:
        """Connect and disconnect until the signal is as these are."""
        if self.tables is not None:
            self.tables.write(list(self))

    def renew(self, entries: Iterable[Entry]) -> None:
        """Be as the signal is."""
        list.__setitem__(self, slice(None), entries)


class Tables(LiveTables[Receivers]):
    """What Django keeps of one signal, made of what the engine keeps.

    Args:
        signal: the signal.
        connect: connects a receiver, under what it is known by, to a sender, weakly or not.
    """

    def __init__(self, signal: Signal[...], connect: Connect) -> None:
        self._signal: Final = signal
        self._connect: Final = connect
        super().__init__()

    def replace(self, entries: Iterable[Any]) -> None:
        """Let the receivers be these; who has the earlier list keeps it as it is."""
        self.leave(entries)
        self.write(list(entries))

    def changed(self) -> None:
        """Take note that something was connected or disconnected."""
        self.refresh()

    def write(self, wanted: list[Any]) -> None:
        """Connect and disconnect until the entries are these, in this order."""
        entries = [*wanted, *self._entries({})]
        finders = {entry[0][1]: entry.find_sender for entry in entries if isinstance(entry, Entry)}
        kept = {id(entry.subscription) for entry in wanted if isinstance(entry, Entry)}
        for each in connections(self._signal):
            if id(each.subscription) not in kept:
                each.subscription.suspend()
        subscriptions = [self._subscription(entry, finders) for entry in wanted]
        put_in_order(each for each in subscriptions if each is not None)
        self.changed()

    def _make(self) -> Receivers:
        return Receivers(self, self._entries({}))

    def _renew(self, current: Receivers) -> None:
        known = {id(entry.subscription): entry for entry in current if isinstance(entry, Entry)}
        current.renew(self._entries(known))

    def _entries(self, known: dict[int, Entry]) -> list[Entry]:
        return [known.get(id(each.subscription)) or Entry.of(each) for each in connections(self._signal)]

    def _subscription(self, entry: Any, finders: dict[Hashable, Callable[[], object]]) -> Subscription | None:
        """Return the subscription that an entry stands for, made anew if it is another signal's, or cancelled."""
        (who, sender_id), raw, *_ = entry
        receiver = behind(raw)
        if receiver is None:
            return None
        if isinstance(entry, Entry):
            subscription = entry.subscription
            # What a plugin connected and took back stays away.
            if subscription.signal is self._signal and (subscription.receiver or subscription.owner):
                return subscription
        sender = entry.find_sender() if isinstance(entry, Entry) else self._sender(sender_id, finders, receiver)
        return None if sender is GONE else self._connect(who, receiver, sender, isinstance(raw, ReferenceType))

    def _sender(self, sender_id: Hashable, finders: dict[Hashable, Callable[[], object]], receiver: Receiver) -> object:
        if sender_id == NONE_ID:
            return ANY
        if sender_id not in finders:
            msg = (
                f"cannot connect {describe_receiver(receiver)} to {self._signal.label}: no sender of it has the id "
                f"{sender_id!r}; call connect() with the sender instead"
            )
            raise ReceiverError(msg)
        return finders[sender_id]()
