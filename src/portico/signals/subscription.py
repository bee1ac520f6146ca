"""Holds one connection of a receiver to a signal, and keeps together those made on behalf of one owner."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self
from weakref import ref

from portico.errors import ReceiverError
from portico.signals.declaration import DEFAULT, ISOLATE
from portico.signals.receivers import (
    BoundReference,
    Receiver,
    bound,
    describe_receiver,
    may_give_coroutine,
    receiver_key,
)
from portico.signals.signatures import STANDARD_CALL, Call, read_parameters
from portico.signals.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Hashable

    from portico.signals.any_signal import AnySignal

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


class AnyRegistry(Protocol):
    """What a subscription asks of the registry that keeps it."""

    @property
    def signal(self) -> AnySignal:
        """Whose subscriptions it keeps."""

    def call_for(self, subscription: Subscription, names: tuple[str, ...]) -> Call:
        """Return how a receiver is called for a payload of these names."""

    def cancel(self, subscription: Subscription) -> None:
        """Disconnect a subscription, for good."""

    def vacate(self, subscription: Subscription) -> None:
        """Disconnect a subscription, and keep its place."""

    def suspend(self, subscription: Subscription) -> None:
        """Disconnect a subscription until it is resumed."""

    def resume(self, subscription: Subscription) -> None:
        """Connect a suspended subscription again."""

    def move(self, subscription: Subscription, sequence: int) -> None:
        """Let a subscription stand where another one stood; 0: at the end."""

    def give(self, subscription: Subscription, scope: Ownership) -> None:
        """Let a subscription belong to another owner."""


class Subscription(Undo):
    """One connection of a receiver, made by `Signal.subscribe`. Connected until cancelled; suspended in between."""

    __slots__ = (
        "__weakref__",
        "at_import",
        "held",
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
        registry: AnyRegistry,
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
        self.parameters: Final = parameters._replace(coroutine=True) if may_give_coroutine(receiver) else parameters
        self.sequence = 0
        self.linked = False
        """Whether the registry has it in its books."""
        self.pair: Pair = [gone, None]
        self.held: Receiver | None = None
        """The receiver, if this is what keeps it alive."""
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
        made = None if function else bound(receiver)
        if not strong and made is not None and made.target is not None:
            self.pair = [BoundReference(made, Death(died, self.receiver_key)), None]
            return
        if not strong:
            self.pair = [ref(target, Death(died, self.receiver_key)), function]
            return
        self.held = receiver
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
        self.held = self.sender_ref = None

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
    def signal(self) -> AnySignal:
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
        return self.held is None

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
    def isolated(self) -> bool:
        """Whether failures of the receiver stay inside the send, by the policy of the signal."""
        policy = self.signal.policy
        return policy == ISOLATE or (policy == DEFAULT and self.owner is not None)

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

    def move_to_end(self) -> None:
        """Be connected anew, as the last one. Does nothing on a cancelled subscription."""
        self.registry.move(self, 0)

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


class Place(NamedTuple):
    """Where a subscription stood."""

    signal: AnySignal
    receiver: str
    """In words."""
    order: int
    sequence: int


class Ownership:
    """A scope in which every subscription made belongs to `owner`, is strong, and is recorded here.

    Use it as a context manager; it can be entered again, and goes on recording. Scopes nest: the inner one owns.

        with Ownership("audit", rank=2) as owned:
            plugin.bootstrap()
        owned.cancel()
    """

    __slots__ = ("owner", "rank", "subscriptions")

    def __init__(self, owner: str, *, rank: int = 0) -> None:
        self.owner: Final = owner
        self.rank: Final = rank
        """Where its receivers stand among those of the same `order`: lower ranks first, no owner is rank 0."""
        self.subscriptions: Final[list[Subscription]] = []
        """In the order of connecting, cancelled ones included."""

    def __enter__(self) -> Self:
        _current.set(_Scope(self, _current.get()))
        return self

    def __exit__(self, *_: object) -> None:
        scope = _current.get()
        _current.set(scope.outer if scope else None)

    def adopt(self, subscription: Subscription) -> None:
        """Record a subscription that was made outside of this scope: from now on it belongs to this owner."""
        subscription.registry.give(subscription, self)
        self.subscriptions.append(subscription)

    def cancel(self) -> None:
        """Cancel every recorded subscription, the last one first, and forget them."""
        while self.subscriptions:
            self.subscriptions.pop().cancel()

    def withdraw(self) -> list[Place]:
        """Cancel every recorded subscription and forget it; return where they stood, for `take_places`."""
        places = [
            Place(each.signal, describe_receiver(receiver), each.order, each.sequence)
            for each in self.subscriptions
            if (receiver := each.receiver) is not None
        ]
        self.cancel()
        return places

    def take_places(self, places: list[Place]) -> None:
        """Let what the same code has connected here once more stand where it stood; what is new keeps its place."""
        left = list(places)
        for subscription in self.subscriptions:
            here = Place(subscription.signal, describe_receiver(subscription.receiver), subscription.order, 0)
            stood = next((each for each in left if each[:3] == here[:3]), None)
            if stood is not None:
                left.remove(stood)
                subscription.registry.move(subscription, stood.sequence)

    def vacate(self) -> None:
        """Cancel what the body of a module has connected here; that body, run again, connects it in its old place."""
        for subscription in [each for each in self.subscriptions if each.at_import]:
            self.subscriptions.remove(subscription)
            subscription.registry.vacate(subscription)

    def suspend(self) -> None:
        """Suspend every recorded subscription: none is called until `resume`."""
        for subscription in self.subscriptions:
            subscription.suspend()

    def resume(self) -> None:
        """Resume every recorded subscription, each in its old place; all of them or none.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        try:
            for subscription in self.subscriptions:
                subscription.resume()
        except ReceiverError:
            self.suspend()
            raise

    def __repr__(self) -> str:
        return f"<Ownership of {self.owner!r}: {len(self.subscriptions)} subscriptions>"


class _Scope:
    """One `with` block. It lives in the context alone: other threads and tasks may be in blocks of the same owner."""

    __slots__ = ("outer", "ownership")

    def __init__(self, ownership: Ownership, outer: _Scope | None) -> None:
        self.ownership: Final = ownership
        self.outer: Final = outer


_current: Final[ContextVar[_Scope | None]] = ContextVar("portico_ownership", default=None)


def current_ownership() -> Ownership | None:
    """Return the scope that new subscriptions belong to."""
    scope = _current.get()
    return scope.ownership if scope else None
