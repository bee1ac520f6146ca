"""A declared kind of event: who is connected to it. What it promises and how it is sent is in `sendable`."""

from __future__ import annotations

from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, overload
from weakref import ref

from portico.errors import ReceiverError, UnboundReceiverWarning
from portico.signals.callers import (
    calling_frame,
    remember_weak,
    runs_class_body,
    runs_module_body,
    warn_at,
    warn_deprecated,
)
from portico.signals.ownership import current_ownership
from portico.signals.receivers import describe_receiver, receiver_key
from portico.signals.registry import living
from portico.signals.sendable import Sendable
from portico.signals.senders import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription

P = ParamSpec("P")
T = TypeVar("T")

Weak = bool | None
"""Whether the receiver's object may die; None leaves it to the kind of receiver."""


# What a method calls the parameter that binding fills.
_BOUND: Final = ("self", "cls")


class Signal(Sendable[P]):
    """A kind of event. Made by `Namespace.signal`, or on its own for use inside one module.

    `P` is the signature of its sends: the sender first and positional, then the payload as keywords.
    """

    # -- connecting ---------------------------------------------------------------------------------------------

    @overload
    def connect(
        self, receiver: Callable[P, T], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Callable[P, T]: ...
    @overload
    def connect(
        self, receiver: None = None, sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
    def connect(self, receiver: Receiver | None = None, sender: object = ANY, weak: Weak = None, order: int = 0) -> Any:
        """Connect a receiver and return it, so that this can stand as a decorator, with or without arguments.

        Args:
            receiver: called as `receiver(sender, **payload)`, or with the part of it that its signature takes.
            sender: only sends from this one reach it; objects by identity, strings and numbers by value.
            weak: whether the receiver's object may die. By default bound methods are weak and everything else is
                strong; within an `Ownership`, everything is strong.
            order: receivers of lower order are called first; then by their owner's rank, then as they connected.

        Raises:
            ReceiverError: the receiver is not callable or does not fit the declared signal.
            TypeError: it was to be weak, and cannot be weakly referenced.
        """
        if receiver is None:

            def connect(receiver: Callable[P, T]) -> Callable[P, T]:
                self._connect(receiver, sender, weak, order)
                return receiver

            return connect
        self._connect(receiver, sender, weak, order)
        return receiver

    def connect_via(self, sender: object, weak: Weak = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that connects its function to sends from `sender`."""
        return self.connect(None, sender, weak)

    def subscribe(
        self, receiver: Callable[P, Any], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Subscription:
        """Connect a receiver and return what undoes exactly this connection. Takes and raises what `connect` does."""
        return self._connect(receiver, sender, weak, order)

    def disconnect(self, receiver: Receiver, sender: object = ANY) -> bool:
        """Disconnect a receiver from a sender; for ANY, from everything that it is connected to here.

        Returns:
            Whether it was connected.
        """
        found = self._registry.matching(receiver_key(receiver), sender)
        for subscription in found:
            subscription.cancel()
        if found and "_receiver_disconnected" in self.__dict__:
            self.receiver_disconnected.send(self, receiver=receiver, sender=sender)
        return bool(found)

    @contextmanager
    def connected_to(self, receiver: Callable[P, Any], sender: object = ANY) -> Iterator[None]:
        """Connect a receiver for the length of a `with` block; connections made elsewhere are left alone."""
        subscription = self._connect(receiver, sender, weak=False, order=0)
        try:
            yield
        finally:
            subscription.cancel()

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Call nobody for the length of a `with` block, in any thread. Blocks nest."""
        key = object()
        self._registry.mute(key)
        try:
            yield
        finally:
            self._registry.unmute(key)

    # -- who is connected ---------------------------------------------------------------------------------------

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Every subscription whose receiver lives, in order of connecting."""
        return tuple(subscription for subscription in self._registry if subscription.receiver is not None)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """Every living receiver, in order of connecting, whatever its sender; falsy if there is none."""
        found = {subscription.receiver_key: subscription.receiver for subscription in self.subscriptions}
        return tuple(receiver for receiver in found.values() if receiver is not None)

    def receivers_for(self, sender: object) -> Iterator[Receiver]:
        """Iterate over the receivers that a send from `sender` would call, in order; for ANY, only those of ANY."""
        return (receiver for _, receiver in living(self._registry.plan_for(sender).entries))

    def has_receivers_for(self, sender: object) -> bool:
        """Tell whether a send from `sender` would call anybody."""
        return any(True for _ in self.receivers_for(sender))

    @property
    def receiver_connected(self) -> Signal[...]:
        """Sent after each connecting: this signal as the sender; `receiver`, `sender`, `weak`."""
        return self._own_signal("_receiver_connected")

    @property
    def receiver_disconnected(self) -> Signal[...]:
        """Sent after each `disconnect` that found something: this signal as the sender; `receiver`, `sender`."""
        return self._own_signal("_receiver_disconnected")

    # -- inside -------------------------------------------------------------------------------------------------------

    def _connect(self, receiver: Receiver, sender: object, weak: Weak, order: int) -> Subscription:
        self._refuse_uncallable(receiver)
        caller, owned = calling_frame(), current_ownership()
        if weak is None:
            weak = owned is None and type(receiver) is MethodType and _weakly_referenceable(receiver.__self__)
        subscription = self._registry.subscribe(
            receiver,
            sender,
            strong=owned is not None or not weak,
            order=order,
            owned=owned,
            module=caller.f_globals.get("__name__"),
            at_import=runs_module_body(caller),
        )
        weakly = subscription.held_weakly(receiver)
        if weakly:
            remember_weak(caller, weakly)
        try:
            self._warn(subscription, receiver, caller)
            if "_receiver_connected" in self.__dict__:
                self.receiver_connected.send(self, receiver=receiver, sender=sender, weak=subscription.weak)
        except BaseException:
            subscription.cancel()  # Nothing is left half connected, whether a receiver failed or warnings are errors.
            raise
        if owned is not None:
            owned.subscriptions.append(subscription)
        return subscription

    def _warn(self, subscription: Subscription, receiver: Receiver, caller: FrameType) -> None:
        deprecated = self.declaration and self.declaration.deprecated
        if deprecated:
            warn_deprecated(caller, receiver, f"{self.label} is deprecated: {deprecated}")
        if subscription.parameters.first in _BOUND and type(receiver) is FunctionType and runs_class_body(caller):
            message = (
                f"{describe_receiver(receiver)} was connected to {self.label} in the body of its class: nothing binds "
                f"its {subscription.parameters.first!r}, which gets the sender; connect the method of an object"
            )
            warn_at(caller, message, UnboundReceiverWarning)

    def _refuse_uncallable(self, receiver: object) -> None:
        if not callable(receiver):
            msg = f"cannot connect {type(receiver).__name__!r} object to {self.label}: it is not callable"
            raise ReceiverError(msg)

    def _own_signal(self, attribute: str) -> Signal[...]:
        # Of two threads, the first to store it wins and both get that one.
        signal: Signal[...] | None = self.__dict__.get(attribute)
        return signal or self.__dict__.setdefault(attribute, Signal(f"{self.name}.{attribute[1:]}"))


def _weakly_referenceable(target: object) -> bool:
    try:
        ref(target)
    except TypeError:
        return False
    return True
