"""Connects receivers that were written for another library to Portico signals, for the façades of these libraries.

Such a receiver is called as its own library would call it, whoever sends the signal. The engine is given a function
that does so, one for each receiver and under its name; order, ownership, isolation and taps are the engine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import ReferenceType, WeakValueDictionary

from portico.compat.foreign import Foreign, foreign_of
from portico.errors import ReceiverError
from portico.signals import ANY, Mutex, Receiver, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from portico.compat.foreign import Call


class ForeignReceivers:
    """The receivers of another library that are connected to one signal, each under a key that its façade makes."""

    __slots__ = ("__weakref__", "_known", "coroutines", "signal")

    def __init__(self, signal: Signal[...]) -> None:
        self.signal: Final = signal
        # Held by the engine, through the functions: what is disconnected is gone from here by itself.
        self._known: Final = WeakValueDictionary["Hashable", Foreign]()
        self.coroutines = False
        """Whether there was ever a coroutine receiver: as long as there was none, sends need not look for one."""

    def connect(
        self,
        key: Hashable,
        receiver: Receiver,
        call: Call,
        *,
        sender: object = ANY,
        weak: bool = True,
        order: int = 0,
        is_coroutine: bool = False,
        apart: bool = False,
    ) -> Callable[[], None]:
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
            What undoes it, and no more: it does nothing where nothing was added to an earlier connection.

        Raises:
            TypeError: it is not callable, or was to be weak and cannot be weakly referenced.
        """
        self._require_callable(receiver)
        with _changing:
            foreign = self._known.get(key)
            function = foreign.function() if foreign else None
            if foreign is None or function is None or foreign.reference() is None:
                foreign = Foreign(key, receiver, call, is_coroutine=is_coroutine, books=self)
                function = foreign.make_function(receiver)
                self._known[key] = foreign
        if weak and not apart and not isinstance(foreign.reference, ReferenceType):
            msg = f"cannot create weak reference to {type(receiver).__name__!r} object; connect it with weak=False"
            raise TypeError(msg)
        self.coroutines = self.coroutines or is_coroutine
        subscription = self.signal.subscribe(function, sender, weak=False, order=order)
        if apart:
            foreign.hold(subscription, receiver)
            return subscription.cancel
        with _changing:
            is_new = foreign.add(subscription, receiver, weak=weak)
        if not is_new:
            subscription.cancel()  # Without the lock: what it sets free may run anything.
            return _nothing
        return subscription.cancel

    def disconnect(self, key: Hashable, sender: object = ANY) -> bool:
        """Disconnect a receiver from a sender, or from everything; tell whether it was connected."""
        foreign = self._known.get(key)
        function = foreign.function() if foreign else None
        return function is not None and self.signal.disconnect(function, sender)

    def connected_for(self, sender: object) -> Iterator[Foreign]:
        """Iterate over the foreign receivers that a send from `sender` would call, in order."""
        return (foreign for receiver in self.signal.receivers_for(sender) if (foreign := foreign_of(receiver)))

    def _require_callable(self, receiver: object) -> None:
        if not callable(receiver):
            msg = f"cannot connect {type(receiver).__name__!r} object to {self.signal.label}: it is not callable"
            raise ReceiverError(msg)


# By `id()` of the signal, which its table holds.
_tables: Final = WeakValueDictionary[int, ForeignReceivers]()
_changing: Final = Mutex()


def foreign_receivers(signal: Signal[...]) -> ForeignReceivers:
    """Return the foreign receivers of a signal; all façades of the same signal share them."""
    with _changing:
        return _tables.setdefault(id(signal), ForeignReceivers(signal))


def _nothing() -> None:
    """Undo nothing."""
