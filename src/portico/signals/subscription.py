"""One connection of a receiver to a signal. Cancelling it undoes exactly that one and nothing else."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from portico.signals.receivers import (
    STANDARD_CALL,
    Call,
    Parameters,
    Receiver,
    describe_receiver,
    is_coroutine_function,
    read_parameters,
    receiver_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from portico.signals.ownership import Ownership
    from portico.signals.registry import Registry
    from portico.signals.signal import Signal

# What a plan holds of a receiver: `deref()` gives the function or the method's object, None once it is gone;
# `function` is the method's function, None for anything else. A list, because switching `deref` off must take
# effect inside a dispatch that is already walking the plan.
Pair = list[Any]


def gone() -> None:
    """Stand in a pair for a receiver that is not to be called any more."""


class Subscription:
    """One connection of a receiver, made by `Signal.subscribe`. Connected until cancelled; suspended in between."""

    __slots__ = (
        "__weakref__",
        "_strong",
        "is_coroutine",
        "linked",
        "module",
        "order",
        "owner",
        "pair",
        "parameters",
        "rank",
        "receiver_key",
        "registry",
        "sender_key",
        "sender_ref",
        "sequence",
    )

    def __init__(
        self,
        registry: Registry,
        receiver: Receiver,
        sender_key: Hashable,
        order: int,
        owned: Ownership | None,
        *,
        module: str | None = None,
    ) -> None:
        self.registry: Final = registry
        self.sender_key: Final = sender_key
        self.order: Final = order
        self.owner = owned.owner if owned else None
        self.rank = owned.rank if owned else 0
        self.module: Final = module
        """Name of the module whose code connected it."""
        self.receiver_key: Final = receiver_key(receiver)
        self.parameters: Final[Parameters] = read_parameters(receiver)
        self.is_coroutine: Final = is_coroutine_function(receiver)
        self.sequence = 0
        self.linked = False
        """Whether the registry has it in its books."""
        self.pair: Pair = [gone, None]
        self._strong: Receiver | None = None
        self.sender_ref: Callable[[], object] | None = None

    @property
    def connected(self) -> bool:
        """Whether it is neither cancelled nor suspended."""
        return self.linked and self.pair[0] is not gone

    def hold(self, receiver: Receiver, *, strong: bool, died: Callable[[object], None]) -> None:
        """Take a reference to the receiver; `died` is told when a weak one dies.

        Raises:
            TypeError: it was to be weak, and its object cannot be weakly referenced.
        """
        target: Any = receiver
        function = None
        if type(receiver) is MethodType:
            target, function = receiver.__self__, receiver.__func__
        if not strong:
            self.pair = [ref(target, died), function]
            return
        self._strong = receiver
        try:
            # Without a callback, all subscriptions of a receiver share one reference object.
            self.pair = [ref(target), function]
        except TypeError:
            self.pair = [lambda: target, function]

    def release(self) -> None:
        """Let go of the receiver and the sender. Called without the lock: what it sets free may run anything."""
        self.pair[:] = gone, None
        self._strong = self.sender_ref = None

    def switch_off(self) -> None:
        """Take effect in the dispatches that are walking a plan with this subscription in it."""
        pair = self.pair
        self.pair = list(pair)
        pair[0] = gone

    @property
    def signal(self) -> Signal[...]:
        """The signal that it is connected to."""
        return self.registry.signal

    @property
    def receiver(self) -> Receiver | None:
        """The receiver; None once it is gone or the subscription cancelled."""
        deref, function = self.pair
        target = deref()
        return target if target is None or function is None else MethodType(function, target)

    @property
    def weak(self) -> bool:
        """Whether the receiver's object may die in spite of this subscription."""
        return self._strong is None

    @property
    def place(self) -> tuple[int, int, int]:
        """What receivers are ordered by: `order`, the owner's rank, the sequence of connecting."""
        return (self.order, self.rank, self.sequence)

    @property
    def standard(self) -> bool:
        """Whether it takes `(sender, **payload)` as long as the payload does not name its first parameter."""
        return self.parameters.anything and self.parameters.positional and not self.is_coroutine

    def call_for(self, names: tuple[str, ...]) -> Call:
        """Return how the receiver is called for a payload of these names."""
        parameters = self.parameters
        if parameters.anything and parameters.positional and parameters.first not in names:
            return STANDARD_CALL
        return self.registry.call_for(self, names)

    def cancel(self) -> None:
        """Disconnect, for good and at once, also within a running dispatch. Does nothing the second time."""
        self.registry.cancel(self)

    def suspend(self) -> None:
        """Stop being called until `resume`; the place among the receivers is kept."""
        self.registry.suspend(self)

    def resume(self) -> None:
        """Be called again, after `suspend`. Does nothing on a cancelled subscription.

        Raises:
            ReceiverError: the signal was declared meanwhile, and the receiver does not fit.
        """
        self.registry.resume(self)

    def __repr__(self) -> str:
        receiver = self.receiver
        name = "nothing" if receiver is None else describe_receiver(receiver)
        state = "connected to" if self.connected else "no longer connected to"
        return f"<Subscription: {name} {state} {self.registry.signal.label}>"
