"""Connects receivers that were written for another library to Portico signals, for the façades of these libraries.

Such a receiver is called as its own library would call it, whoever sends the signal. The engine is given a function
that does so, one for each receiver and under its name; order, ownership, isolation and taps are the engine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import ReferenceType, WeakValueDictionary

from portico.compat.facade_receiver import FacadeReceiver, facade_receiver_of
from portico.errors import ReceiverError
from portico.signals import ANY, Mutex, Receiver, Signal, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from portico.compat.facade_receiver import Call, Key


class Connected(NamedTuple):
    """What came of connecting a receiver."""

    subscription: Subscription
    is_new: bool
    """Whether it was made for it; else, the receiver was connected to that sender already."""

    def undo(self) -> None:
        """Undo it, and no more: do nothing where nothing was added to an earlier connection."""
        if self.is_new:
            self.subscription.cancel()


class FacadeReceivers:
    """The receivers of another library that are connected to one signal, each under a key that its façade makes."""

    __slots__ = ("__weakref__", "_known", "coroutines", "signal")

    def __init__(self, signal: Signal[...]) -> None:
        self.signal: Final = signal
        # Held by the engine, through the functions: what is disconnected is gone from here by itself.
        self._known: Final = WeakValueDictionary["Key", FacadeReceiver]()
        self.coroutines = False
        """Whether there was ever a coroutine receiver: as long as there was none, sends need not look for one."""

    def connect(
        self,
        key: Key,
        receiver: Receiver,
        call: Call,
        *,
        sender: object = ANY,
        weak: bool = True,
        order: int = 0,
        is_coroutine: bool = False,
        apart: bool = False,
    ) -> Connected:
        """Connect a receiver, which the signal then calls as `call(receiver, sender, payload)` does.

        Args:
            key: what the receiver is known by here.
            receiver: called by nobody but `call`.
            call: gives what the receiver returns; for a coroutine receiver, something to await.
            sender: as for `Signal.connect`.
            weak: whether the receiver may die; within an `Ownership`, none may.
            order: as for `Signal.connect`.
            is_coroutine: whether what `call` returns is to be awaited.
            apart: make a strong subscription of its own, also where the receiver is connected to that sender already.

        Returns:
            The subscription that stands for it, which may be an earlier one.

        Raises:
            TypeError: it is not callable, or was to be weak and cannot be weakly referenced.
        """
        self._require_callable(receiver)
        with _changing:
            facade_receiver = self._known.get(key)
            function = facade_receiver.function() if facade_receiver else None
            if facade_receiver is None or function is None or not facade_receiver.stands_for(receiver):
                facade_receiver = FacadeReceiver(key, receiver, call, is_coroutine=is_coroutine, books=self)
                function = facade_receiver.make_function(receiver)
                self._known[key] = facade_receiver
        if weak and not apart and not isinstance(facade_receiver.reference, ReferenceType):
            msg = f"cannot create weak reference to {type(receiver).__name__!r} object; connect it with weak=False"
            raise TypeError(msg)
        self.coroutines = self.coroutines or is_coroutine
        subscription = self.signal.subscribe(function, sender, weak=False, order=order)
        if apart:
            facade_receiver.hold(subscription, receiver)
            return Connected(subscription, is_new=True)
        with _changing:
            known = facade_receiver.add(subscription, receiver, weak=weak)
        if known is not subscription:
            subscription.cancel()  # Without the lock: what it sets free may run anything.
        return Connected(known, is_new=known is subscription)

    def disconnect(self, key: Key, sender: object = ANY) -> bool:
        """Disconnect a receiver from a sender, or from everything; tell whether it was connected."""
        facade_receiver = self._known.get(key)
        function = facade_receiver.function() if facade_receiver else None
        return function is not None and self.signal.disconnect(function, sender)

    def connected_for(self, sender: object) -> Iterator[FacadeReceiver]:
        """Iterate over those that a send from `sender` would call, in order."""
        return (each for receiver in self.signal.receivers_for(sender) if (each := facade_receiver_of(receiver)))

    def _require_callable(self, receiver: object) -> None:
        if not callable(receiver):
            msg = f"cannot connect {type(receiver).__name__!r} object to {self.signal.label}: it is not callable"
            raise ReceiverError(msg)


# By `id()` of the signal, which its table holds.
_tables: Final = WeakValueDictionary[int, FacadeReceivers]()
_changing: Final = Mutex()


def facade_receivers(signal: Signal[...]) -> FacadeReceivers:
    """Return the façade receivers of a signal; all façades of the same signal share them."""
    with _changing:
        return _tables.setdefault(id(signal), FacadeReceivers(signal))


def changing() -> AbstractContextManager[object]:
    """Return the lock that connecting takes: while it is held, nobody else connects a façade receiver."""
    return _changing
