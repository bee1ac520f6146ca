"""Holds one connection of a receiver to a signal, and keeps together those made on behalf of one owner."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextvars import ContextVar
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self
from weakref import ref

from portico.errors import ReceiverError
from portico.signals.receivers import Bound, BoundReference, Receiver, bound, describe_receiver, receiver_key
from portico.signals.senders import ANY, SenderRef
from portico.signals.signatures import STANDARD_CALL, Call, Parameters, fit
from portico.signals.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Sized

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


class AnyRegistry(Protocol):
    """What a subscription, and whoever makes one, asks of the registry that keeps it."""

    fields: tuple[str, ...] | None
    """The payload's names, in order; None while the signal is undeclared."""

    @property
    def vacated(self) -> Sized:
        """The places to be taken again; empty if there is none."""

    @property
    def signal(self) -> AnySignal:
        """Whose subscriptions it keeps."""

    @property
    def receiver_gone(self) -> Died:
        """What is told when a receiver died."""

    def refer_to(self, sender: object) -> tuple[Hashable, Callable[[], object] | None]:
        """Return what a sender is compared by; and, unless that is its value, what gives the sender while it lives."""

    def take_place(self, module: str | None, receiver: Receiver, order: int) -> tuple[int, Ownership | None]:
        """Return where a receiver stood that is connected again, and on whose behalf: 0 and None if it did not."""

    def add(self, subscription: Subscription) -> None:
        """Connect a new subscription."""

    def cancel(self, subscription: Subscription) -> None:
        """Disconnect a subscription, for good."""

    def vacate(self, subscription: Subscription) -> None:
        """Disconnect a subscription, and keep its place."""

    def suspend(self, subscription: Subscription) -> None:
        """Disconnect a subscription until it is resumed."""

    def resume(self, subscription: Subscription) -> None:
        """Connect a suspended subscription again."""

    def give(self, subscription: Subscription, scope: Ownership) -> None:
        """Let a subscription belong to another owner."""


class Subscription(Undo):
    """One connection of a receiver, made by `Signal.subscribe`. Connected until cancelled; suspended in between."""

    __slots__ = (
        "__weakref__",
        "_held",
        "_linked",
        "_pair",
        "_parameters",
        "_receiver_key",
        "_registry",
        "_scope",
        "_sender_key",
        "_sender_ref",
        "_sequence",
        "at_import",
        "module",
        "order",
    )

    def __init__(
        self,
        registry: AnyRegistry,
        receiver: Receiver,
        parameters: Parameters,
        *,
        sender_key: Hashable,
        sender_ref: Callable[[], object] | None,
        order: int,
        weak: bool | None,
        scope: Ownership | None,
        module: str | None,
        at_import: bool,
        sequence: int,
    ) -> None:
        self._registry: Final = registry
        self._parameters: Final = parameters
        self._sender_key: Final = sender_key
        self._sender_ref = sender_ref
        self.order: Final = order
        self._scope = scope
        """On whose behalf it was made."""
        self.module: Final = module
        """Name of the module whose code connected it."""
        self.at_import: Final = at_import
        """Whether that module's body did, so that running the body again connects it again."""
        self._sequence = sequence
        """Where it stands in the order of connecting; 0 until it is connected for the first time."""
        self._linked = False
        """Whether the registry has it in its books."""
        self._held: Receiver | None = None
        """The receiver, if this is what keeps it alive."""
        if type(receiver) is FunctionType:  # As a rule.
            made: Bound | None = None
            key: Hashable = id(receiver)
        else:
            made = bound(receiver)
            key = receiver_key(receiver) if made is None else made.receiver_key
        self._receiver_key: Final[Hashable] = key
        self._pair: Pair = self._hold(receiver, made, weak=weak)

    def _hold(self, receiver: Receiver, made: Bound | None, *, weak: bool | None) -> Pair:
        """Refer to the receiver, and keep it alive unless that is to be weak.

        Raises:
            TypeError: it was to be weak, and its object cannot be weakly referenced.
        """
        target: Any = receiver
        function = None
        if type(receiver) is MethodType:
            target, function = receiver.__self__, receiver.__func__
        if made is not None and made.target is None:
            made = None  # As good as any other object: nothing that it is bound to would be missed.
        if weak or (weak is None and made is not None):
            died = Death(self._registry.receiver_gone, self._receiver_key)
            try:
                return [ref(target, died), function] if made is None or function else [BoundReference(made, died), None]
            except TypeError:
                if weak:
                    raise
        self._held = receiver
        try:
            # Without a callback, all subscriptions of a receiver share one reference object.
            return [ref(target), function]
        except TypeError:
            return [lambda: target, function]

    @property
    def connected(self) -> bool:
        """Whether it is neither cancelled nor suspended."""
        return self._linked and self._pair[0] is not gone

    def _held_weakly(self, receiver: Receiver) -> dict[int, str]:
        """Return how the connecting went wrong if one of its weak references, by `id()`, is dead at once."""
        found: dict[int, str] = {}
        if self.weak:
            found[id(self._pair[0])] = (
                f"{describe_receiver(receiver)} was connected to {self.signal.label} weakly, and nothing else holds "
                "its object: it is gone at once; keep the object, or connect with weak=False"
            )
        if isinstance(self._sender_ref, SenderRef):
            found[id(self._sender_ref)] = (
                f"{describe_receiver(receiver)} was connected to {self.signal.label} for a sender that nothing else "
                "holds: it will hear nothing; keep the sender"
            )
        return found

    def _release(self) -> None:
        """Let go of the receiver and the sender. Called without the lock: what it sets free may run anything."""
        self._pair[:] = gone, None
        self._held = self._sender_ref = None

    def _switch_off(self) -> None:
        """Take effect in the dispatches that are walking a plan with this subscription in it."""
        pair = self._pair
        self._pair = list(pair)
        pair[0] = gone

    @property
    def is_coroutine(self) -> bool:
        """Whether calling the receiver gives something to await."""
        return self._parameters.coroutine

    @property
    def signal(self) -> AnySignal:
        """The signal that it is connected to."""
        return self._registry.signal

    @property
    def receiver(self) -> Receiver | None:
        """The receiver; None once it is gone or the subscription cancelled."""
        deref, function = self._pair
        target = deref()
        return target if target is None or function is None else MethodType(function, target)

    @property
    def sender(self) -> object:
        """The sender that it hears, ANY for every one; None also once that is gone."""
        key = self._sender_key
        if key is ANY or isinstance(key, str):
            return key
        if isinstance(key, tuple):
            number, is_bool = key
            return bool(number) if is_bool else number
        return self._sender_ref() if self._sender_ref else None

    @property
    def weak(self) -> bool:
        """Whether the receiver's object may die in spite of this subscription."""
        return self._held is None

    @property
    def _place(self) -> tuple[int, int, int]:
        """What receivers are ordered by: `order`, the owner's rank, the sequence of connecting."""
        return (self.order, self._rank, self._sequence)

    @property
    def _rank(self) -> int:
        """Where it stands among subscriptions of the same `order`: its owner's rank, 0 without one."""
        return self._scope.rank if self._scope else 0

    @property
    def owner(self) -> str | None:
        """Whom it belongs to."""
        return self._scope.owner if self._scope else None

    @property
    def isolated(self) -> bool:
        """Whether failures of the receiver stay inside the send, by the policy of the signal."""
        return self.signal.isolates(self.owner)

    @property
    def _standard(self) -> bool:
        """Whether it takes `(sender, **payload)` as long as the payload does not name its first parameter."""
        return self._parameters.anything and self._parameters.positional

    def _call_for(self, names: tuple[str, ...]) -> Call:
        """Return how the receiver is called for a payload of these names."""
        parameters = self._parameters
        if parameters.anything and parameters.positional and parameters.first not in names:
            return STANDARD_CALL
        return fit(parameters, names, declared=self._registry.fields or ())

    def cancel(self) -> None:
        """Disconnect, for good and at once, also within a running dispatch. Does nothing the second time."""
        self._registry.cancel(self)

    def suspend(self) -> None:
        """Stop being called until `resume`; the place among the receivers is kept."""
        self._registry.suspend(self)

    def resume(self) -> None:
        """Be called again, after `suspend`. Does nothing on a cancelled subscription.

        Raises:
            ReceiverError: the signal was declared meanwhile, and the receiver does not fit.
        """
        self._registry.resume(self)

    def __repr__(self) -> str:
        receiver = self.receiver
        name = "nothing" if receiver is None else describe_receiver(receiver)
        state = "connected to" if self.connected else "no longer connected to"
        return f"<Subscription: {name} {state} {self._registry.signal.label}>"


class SenderReference(NamedTuple):
    """What a subscription has of its sender, for who shows it or finds it again."""

    key: Hashable
    """ANY, or what `sender_key` gives for the sender."""
    find: Callable[[], object] | None
    """Gives the sender while it lives: a weak reference, if it may die. None for a sender that is compared by value."""


def sender_reference(subscription: Subscription) -> SenderReference:
    """Return what a subscription has of its sender; once it is cancelled, `find` is None."""
    return SenderReference(subscription._sender_key, subscription._sender_ref)


def put_in_order(subscriptions: Iterable[Subscription]) -> None:
    """Let subscriptions of one signal, suspended ones too, be connected in this order; cancelled ones stay so.

    Raises:
        ReceiverError: the signal was declared meanwhile, and a receiver does not fit.
    """
    last = 0
    for subscription in subscriptions:
        if subscription._sequence < last:
            subscription.suspend()
            subscription._sequence = 0  # Connected anew, as the last one.
        subscription.resume()
        last = subscription._sequence


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
        scopes.set((*scopes.get(), self))
        return self

    def __exit__(self, *_: object) -> None:
        scopes.set(scopes.get()[:-1])

    def adopt(self, subscription: Subscription) -> None:
        """Record a subscription that was made outside of this scope: from now on it belongs to this owner."""
        subscription._registry.give(subscription, self)
        self.subscriptions.append(subscription)

    def cancel(self) -> None:
        """Cancel every recorded subscription, the last one first, and forget them."""
        while self.subscriptions:
            self.subscriptions.pop().cancel()

    def withdraw(self) -> list[Place]:
        """Cancel every recorded subscription and forget it; return where they stood, for `take_places`."""
        places = [
            Place(each.signal, describe_receiver(receiver), each.order, each._sequence)
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
                subscription.suspend()
                subscription._sequence = stood.sequence
                subscription.resume()

    def vacate(self) -> None:
        """Cancel what the body of a module has connected here; that body, run again, connects it in its old place."""
        for subscription in [each for each in self.subscriptions if each.at_import]:
            self.subscriptions.remove(subscription)
            subscription._registry.vacate(subscription)

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


# In the context alone: other threads and tasks may be in blocks of the same owner.
scopes: Final[ContextVar[tuple[Ownership, ...]]] = ContextVar("portico_ownership", default=())
"""The scopes that are entered; new subscriptions belong to the last."""
