"""Wraps a receiver that was written for another library in a function that the engine can call."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, WeakMethod, WeakValueDictionary, ref

from portico.signals import (
    BoundReference,
    Receiver,
    Subscription,
    bound,
    describe_receiver,
    receiver_key,
    sender_reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Key = tuple[Hashable, ...]
    Results = list[tuple[Receiver, Any]]
    Call = Callable[[Receiver, Any, dict[str, Any]], Any]

SKIPPED: Final = object()
"""What a façade receiver returns whose receiver is gone; it is no result."""

_FACADE_RECEIVER: Final = "portico_facade_receiver"


class FacadeReceiver:
    """One receiver that a façade connected. It lives as long as the engine holds the function that calls it."""

    __slots__ = ("__weakref__", "_books", "_function", "_known", "_strong", "call", "is_coroutine", "key", "reference")

    def __init__(self, key: Key, receiver: Receiver, call: Call, *, is_coroutine: bool, books: object) -> None:
        self._books: Final = books  # They are found by nobody once nothing in them is connected, and then let go.
        self.key: Final = key
        """What it is known by: the style in which it is called, and what its façade adds."""
        self.call: Final = call
        self.is_coroutine: Final = is_coroutine
        self._known: Final = WeakValueDictionary[tuple[str | None, "Hashable"], Subscription]()
        # A strong subscription keeps the receiver for as long as it exists, and not a moment longer.
        self._strong: Final = WeakKeyDictionary[Subscription, Receiver]()
        self.reference: Final = _reference(receiver, self._died())
        self._function: Callable[[], Receiver | None] = _nothing

    @property
    def style(self) -> Hashable:
        """Which library's receivers are called as it is."""
        return self.key[0]

    @property
    def weak(self) -> bool:
        """Whether nothing here keeps the receiver alive."""
        return not self._strong

    @property
    def lets_out(self) -> bool:
        """Whether what the receiver raises leaves a send."""
        return any(each.connected and not each.isolated for each in (*self._known.values(), *self._strong))

    def stands_for(self, receiver: Receiver) -> bool:
        """Tell whether it calls this receiver; or another one that is connected under the same key, and keeps it."""
        known = self.reference()
        connected = any(each.connected for each in (*self._known.values(), *self._strong))
        return known is not None and (connected or receiver_key(known) == receiver_key(receiver))

    def function(self) -> Receiver | None:
        """Return what the engine calls, as long as it holds it."""
        return self._function()

    def make_function(self, receiver: Receiver) -> Receiver:
        """Return a function for the engine to call, under the receiver's name."""
        reference, call = self.reference, self.call

        # The sender is positional-only, and there is nothing but `**payload`: the engine hands everything on as it is.
        def receive(sender: object, /, **payload: Any) -> Any:
            receiver = reference()
            return SKIPPED if receiver is None else call(receiver, sender, payload)

        async def receive_async(sender: object, /, **payload: Any) -> Any:
            receiver = reference()
            return SKIPPED if receiver is None else await call(receiver, sender, payload)

        function: Any = receive_async if self.is_coroutine else receive
        function.__module__, _, function.__qualname__ = describe_receiver(receiver).rpartition(".")
        function.__dict__[_FACADE_RECEIVER] = self
        self._function = ref(function)
        return function  # type: ignore[no-any-return]

    def add(self, subscription: Subscription, receiver: Receiver, *, weak: bool) -> Subscription:
        """Take note of a subscription; return the one that stands for it, as connecting again adds nothing.

        A later strong one makes the earlier strong; a later weak one takes nothing from it.
        """
        key = (subscription.owner, sender_reference(subscription).key)
        known = self._known.get(key)
        if known is None or not known.connected:
            self._known[key] = known = subscription
        if not weak or subscription.owner is not None:
            self.hold(known, receiver)
        return known

    def hold(self, subscription: Subscription, receiver: Receiver) -> None:
        """Keep the receiver alive for as long as a subscription exists."""
        self._strong[subscription] = receiver

    def cancel(self) -> None:
        """Cancel what was added."""
        for subscription in list(self._known.values()):
            subscription.cancel()

    def _died(self) -> Callable[[object], None]:
        grave = ref(self)

        def died(_: object) -> None:
            facade_receiver = grave()
            if facade_receiver is not None:
                facade_receiver.cancel()

        return died


def facade_receiver_of(receiver: object) -> FacadeReceiver | None:
    """Return what a function that the engine calls stands for; None for a receiver of Portico's own."""
    return receiver.__dict__.get(_FACADE_RECEIVER) if type(receiver) is FunctionType else None


def original(receiver: Receiver) -> Receiver:
    """Return the receiver that its author wrote, for one that the engine calls."""
    if type(receiver) is not FunctionType or _FACADE_RECEIVER not in receiver.__dict__:
        return receiver
    found: Receiver | None = receiver.__dict__[_FACADE_RECEIVER].reference()
    return receiver if found is None else found


def originals(results: Results) -> Results:
    """Return the results of a send as the other library would: its own receivers, those that were called."""
    return [(original(receiver), value) for receiver, value in results if value is not SKIPPED]


def _reference(receiver: Receiver, died: Callable[[object], None]) -> Callable[[], Receiver | None]:
    made = bound(receiver)
    try:
        if made is None or made.target is None:
            return ref(receiver, died)
        return WeakMethod(receiver, died) if type(receiver) is MethodType else BoundReference(made, died)
    except TypeError:
        return lambda: receiver


def _nothing() -> None:
    """Stand for a function that is not made yet."""
