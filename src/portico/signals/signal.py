"""A declared kind of event: who is connected to it. What it promises and how it is sent is in `sendable`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, overload
from warnings import warn

from portico.errors import LostReceiverWarning, ReceiverError
from portico.signals.identity import bound
from portico.signals.ownership import current_ownership
from portico.signals.receivers import describe_receiver, is_generator_function, receiver_key
from portico.signals.registry import living
from portico.signals.sendable import Sendable
from portico.signals.senders import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription

P = ParamSpec("P")
T = TypeVar("T")

Weak = bool | None
"""Whether the receiver's object may die; None leaves it to the kind of receiver."""


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
                self._connect(receiver, sender, weak, order, alone=False)  # It is about to get its name.
                return receiver

            return connect
        alone = sys.getrefcount(receiver) <= _REFERENCES_OF_AN_ARGUMENT
        self._connect(receiver, sender, weak, order, alone=alone)
        return receiver

    def connect_via(self, sender: object, weak: Weak = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that connects its function to sends from `sender`."""
        return self.connect(None, sender, weak)

    def subscribe(
        self, receiver: Callable[P, Any], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Subscription:
        """Connect a receiver and return what undoes exactly this connection. Takes and raises what `connect` does."""
        alone = sys.getrefcount(receiver) <= _REFERENCES_OF_AN_ARGUMENT
        return self._connect(receiver, sender, weak, order, alone=alone)

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
        subscription = self._connect(receiver, sender, weak=False, order=0, alone=False)
        try:
            yield
        finally:
            subscription.cancel()

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Call nobody for the length of a `with` block, in any thread. Blocks nest."""
        self._registry.mute(1)
        try:
            yield
        finally:
            self._registry.mute(-1)

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

    def _connect(self, receiver: Receiver, sender: object, weak: Weak, order: int, *, alone: bool) -> Subscription:
        owned = current_ownership()
        self._refuse_unusable(receiver, owned.owner if owned else None)
        if weak is None:
            weak = owned is None and _weakly_referenceable(receiver)
        subscription = self._registry.subscribe(
            receiver,
            sender,
            strong=owned is not None or not weak,
            order=order,
            owned=owned,
            # Of whoever called `connect`, `subscribe`, or what `connect` returned as a decorator.
            module=sys._getframe(2).f_globals.get("__name__"),  # noqa: SLF001 - no caller would say it
        )
        try:
            if subscription.weak and alone and _lost(receiver):
                warn(
                    f"{describe_receiver(receiver)} was connected to {self.label} weakly, and nothing else holds its "
                    "object: it is gone at once; keep the object, or connect with weak=False",
                    LostReceiverWarning,
                    stacklevel=3,
                )
            if "_receiver_connected" in self.__dict__:
                self.receiver_connected.send(self, receiver=receiver, sender=sender, weak=subscription.weak)
        except BaseException:
            subscription.cancel()  # Nothing is left half connected, whether a receiver failed or warnings are errors.
            raise
        if owned is not None:
            owned.subscriptions.append(subscription)
        return subscription

    def _refuse_unusable(self, receiver: Any, owner: str | None) -> None:
        if not callable(receiver):
            msg = f"cannot connect {type(receiver).__name__!r} object to {self.label}: it is not callable"
            raise ReceiverError(msg).about(signal=self, plugin=owner)
        if is_generator_function(receiver):
            msg = (
                f"cannot connect {describe_receiver(receiver)} to {self.label}: it has a `yield` in it: calling it "
                "would run nothing of it; return a list, or connect a function that iterates it"
            )
            raise ReceiverError(msg).about(signal=self, receiver=receiver, plugin=owner)

    def _own_signal(self, attribute: str) -> Signal[...]:
        # Of two threads, the first to store it wins and both get that one.
        signal: Signal[...] | None = self.__dict__.get(attribute)
        return signal or self.__dict__.setdefault(attribute, Signal(f"{self.name}.{attribute[1:]}"))


def _weakly_referenceable(method: Any) -> bool:
    made = bound(method)
    return made is not None and getattr(type(made.target), "__weakrefoffset__", 0) > 0


class _Probe:
    def method(self) -> None:
        """Be bound."""


def _references_of_object(method: Any) -> int:
    return sys.getrefcount(method.__self__)


def _references_of_argument(argument: object) -> int:
    return sys.getrefcount(argument)


# What CPython counts when nobody else holds an argument, or a method's object; it differs between versions.
_REFERENCES_OF_AN_ARGUMENT: Final = _references_of_argument(_Probe().method)
_REFERENCES_OF_AN_OBJECT: Final = _references_of_object(_Probe().method)


def _lost(receiver: Receiver) -> bool:
    """Tell whether a receiver that nobody else holds takes its object with it."""
    if type(receiver) is not MethodType:
        return bound(receiver) is None  # What else is made anew holds its object in ways that cannot be counted.
    return _references_of_object(receiver) <= _REFERENCES_OF_AN_OBJECT
