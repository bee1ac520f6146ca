"""One connection of a receiver to a signal. Cancelling it undoes exactly that one and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import ref

from portico.signals.receivers import (
    STANDARD_CALL,
    Call,
    Receiver,
    describe_receiver,
    is_coroutine_function,
    read_parameters,
    receiver_key,
)
from portico.signals.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Hashable

    from portico.signals.ownership import Ownership
    from portico.signals.registry import Registry
    from portico.signals.signal import Signal

# What a plan holds of a receiver: `deref()` gives the function or the method's object, None once it is gone;
# `function` is the method's function, None for anything else. A list, because switching `deref` off must take
# effect inside a dispatch that is already walking the plan.
Pair = list[Any]


# Told of the reference whose receiver died, and of what that receiver was compared by.
Died = Callable[[ref[Any], "Hashable"], None]


def gone() -> None:
    """Stand in a pair for a receiver that is not to be called any more."""


class Death:
    """What a weak reference calls when its object dies. Smaller than a closure, and there is one per subscription."""

    __slots__ = ("_key", "_told")

    def __init__(self, told: Died, key: Hashable) -> None:
        self._told, self._key = told, key

    def __call__(self, dead: ref[Any]) -> None:
        """Tell whoever wanted to know whose object died."""
        self._told(dead, self._key)


class SenderRef(ref[Any]):
    """A weak reference that says what its sender was compared by, so that all of a signal share one callback."""

    __slots__ = ("key",)

    def __new__(cls, sender: object, died: Callable[[SenderRef], None], _key: Hashable) -> Self:
        """Refer to a sender; `died` is called with the reference when it dies."""
        return super().__new__(cls, sender, died)

    def __init__(self, sender: object, died: Callable[[SenderRef], None], key: Hashable) -> None:
        super().__init__(sender, died)  # type: ignore[call-arg]
        self.key: Hashable = key


class Subscription(Undo):
    """One connection of a receiver, made by `Signal.subscribe`. Connected until cancelled; suspended in between."""

    __slots__ = (
        "__weakref__",
        "_strong",
        "at_import",
        "linked",
        "module",
        "order",
        "pair",
        "parameters",
        "receiver_key",
        "registry",
        "scope",
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
        scope: Ownership | None,
        *,
        module: str | None = None,
        at_import: bool = False,
    ) -> None:
        self.registry: Final = registry
        self.sender_key: Final = sender_key
        self.order: Final = order
        self.scope = scope
        """On whose behalf it was made."""
        self.module: Final = module
        """Name of the module whose code connected it."""
        self.at_import: Final = at_import
        """Whether that module's body did, so that running the body again connects it again."""
        self.receiver_key: Final = receiver_key(receiver)
        parameters = read_parameters(receiver)
        self.parameters: Final = parameters._replace(coroutine=True) if is_coroutine_function(receiver) else parameters
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

    def hold(self, receiver: Receiver, *, strong: bool, died: Died) -> None:
        """Take a reference to the receiver; `died` is told the receiver's key when a weak one dies.

        Raises:
            TypeError: it was to be weak, and its object cannot be weakly referenced.
        """
        target: Any = receiver
        function = None
        if type(receiver) is MethodType:
            target, function = receiver.__self__, receiver.__func__
        if not strong:
            self.pair = [ref(target, Death(died, self.receiver_key)), function]
            return
        self._strong = receiver
        try:
            # Without a callback, all subscriptions of a receiver share one reference object.
            self.pair = [ref(target), function]
        except TypeError:
            self.pair = [lambda: target, function]

    def held_weakly(self, receiver: Receiver) -> dict[int, str]:
        """Return how the connecting went wrong if one of its weak references, by `id()`, is dead at once."""
        found: dict[int, str] = {}
        if self.weak:
            found[id(self.pair[0])] = (
                f"{describe_receiver(receiver)} was connected to {self.signal.label} weakly, and nothing else holds "
                "its object: it is gone at once; keep the object, or connect with weak=False"
            )
        if isinstance(self.sender_ref, SenderRef):
            found[id(self.sender_ref)] = (
                f"{describe_receiver(receiver)} was connected to {self.signal.label} for a sender that nothing else "
                "holds: it will hear nothing; keep the sender"
            )
        return found

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
    def is_coroutine(self) -> bool:
        """Whether calling the receiver gives something to await."""
        return self.parameters.coroutine

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
    def rank(self) -> int:
        """Where it stands among subscriptions of the same `order`: its owner's rank, 0 without one."""
        return self.scope.rank if self.scope else 0

    @property
    def owner(self) -> str | None:
        """Whom it belongs to."""
        return self.scope.owner if self.scope else None

    @property
    def standard(self) -> bool:
        """Whether it takes `(sender, **payload)` as long as the payload does not name its first parameter."""
        return self.parameters.anything and self.parameters.positional

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
