"""Keeps the subscriptions of one signal: who is connected to which sender, in plans that a send can walk.

Mutations are done one at a time. A send takes no lock, and never waits for one: where it finds no plan while another
thread is changing something, it builds one for itself.
"""

from __future__ import annotations

from _thread import get_ident
from bisect import bisect_left, bisect_right
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from portico.errors import ReceiverError
from portico.signals.callers import warn_if_lost
from portico.signals.plan import NOBODY, Plan, build_plan
from portico.signals.receivers import Receiver, describe_receiver
from portico.signals.senders import ANY, compared_by_identity, connectable, connectable_sender_key, sender_key
from portico.signals.serial import Serial
from portico.signals.signatures import Call, fit, fit_declared
from portico.signals.subscription import SenderRef, Subscription, gone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from portico.signals.any_signal import AnySignal
    from portico.signals.subscription import Ownership

    Place = tuple[int, Ownership | None]
    """Where a subscription stood by its sequence, and on whose behalf."""


_sequence = attrgetter("sequence")


def _place_key(subscription: Subscription, receiver: Receiver) -> tuple[str | None, str, int]:
    return (subscription.module, describe_receiver(receiver), subscription.order)


class Bucket:
    """The subscriptions for one sender, or for every sender."""

    __slots__ = ("sender_ref", "subscriptions")

    def __init__(self, sender_ref: Callable[[], object] | None) -> None:
        self.sender_ref = sender_ref
        """Gives the sender while it lives, and keeps it alive if it cannot be weakly referenced. None: by value."""
        self.subscriptions: Final[list[Subscription]] = []
        """In order of connecting."""


class Registry:
    """Connects, finds and disconnects the subscriptions of one signal."""

    __slots__ = (
        "_any_plan",
        "_buckets",
        "_by_receiver",
        "_calls",
        "_everyone",
        "_merged",
        "_muted",
        "_observed",
        "_plan_gone",
        "_plans",
        "_receiver_gone",
        "_sender_gone",
        "_sequence",
        "_serial",
        "_vacated",
        "fields",
        "plan",
        "routes",
        "signal",
        "undeclared_plan",
        "undeclared_routes",
    )

    def __init__(self, signal: AnySignal) -> None:
        self.signal: Final = signal
        self.fields: tuple[str, ...] | None = None
        """The payload's names, in order; None while the signal is undeclared."""
        self.plan: Plan | None = None
        """What every send of the declared signal may walk straight away; None when `find` has to be asked."""
        self.undeclared_plan: Plan | None = None
        """The same while the signal is undeclared, so that a `send` captured then notices the declaration."""
        self.routes: Final[dict[Hashable, Plan]] = {}
        """What sends from one sender may walk straight away: by the string itself, by `id()` for any other object.

        Only for senders that somebody is connected to. Looking up the `id()` of a number finds nothing, because it is
        not that of any other living object, and the plan of a dead one is removed.
        """
        self.undeclared_routes: Final[dict[Hashable, Plan]] = {}
        self._any_plan: Plan | None = None
        self._merged: Final[dict[Hashable, Plan]] = {}
        """The plans for senders that somebody is connected to."""
        self._plans: Final[dict[int, ref[Plan]]] = {}
        """Every plan that a send may be walking by its receivers, by the `id()` of the reference."""
        self._everyone: Final = Bucket(None)
        self._buckets: Final[dict[Hashable, Bucket]] = {}
        self._by_receiver: Final[dict[Hashable, list[Subscription]]] = {}
        """In order of connecting."""
        self._calls: Final[dict[tuple[int, tuple[str, ...]], Call]] = {}
        self._sequence = 0
        self._vacated: Final[dict[tuple[str | None, str, int], list[Place]]] = {}
        """Places to be taken again, by module, name of the receiver and `order`."""
        self._muted: Final[dict[object, int]] = {}
        """The thread of each muting."""
        self._observed = False
        self._serial: Final = Serial()
        # One bound method for all references. They must not keep their subscription alive, which holds them.
        self._receiver_gone: Final = self._receiver_died
        self._sender_gone: Final = self._sender_died
        self._plan_gone: Final = self._plan_died

    # -- connecting ---------------------------------------------------------------------------------------------

    def subscribe(
        self,
        receiver: Receiver,
        sender: object,
        *,
        strong: bool,
        order: int,
        owned: Ownership | None,
        module: str | None = None,
        at_import: bool = False,
    ) -> Subscription:
        """Connect a receiver; one that the body of its module connects again, in its old place.

        Raises:
            ReceiverError: it does not fit the declared signal.
            TypeError: it was to be weak, and cannot be weakly referenced.
        """
        sender = connectable(sender)
        key = ANY if sender is ANY else connectable_sender_key(sender)
        subscription = Subscription(self, receiver, key, order, owned, module=module, at_import=at_import)
        fields = self.fields
        self._fit(subscription, receiver)
        if at_import and self._vacated:
            self._take_place(subscription, receiver)
        subscription.hold(receiver, strong=strong or subscription.scope is not None, died=self._receiver_gone)
        if compared_by_identity(key) and sender is not None:
            subscription.sender_ref = self._reference(sender, key)
        self._serial.do(lambda: self._link(subscription))
        if self.fields is not fields:  # Declared meanwhile, by somebody who may have missed this one.
            try:
                self._fit(subscription, receiver)
            except ReceiverError:
                self.cancel(subscription)
                raise
        return subscription

    def cancel(self, subscription: Subscription) -> None:
        """Disconnect a subscription, for good."""
        subscription.pair[0] = gone  # At once, whoever holds the lock: a dispatch that is under way sees it.
        self._take_out_gone()
        self._serial.post(lambda: self._unlink(subscription))
        subscription.release()

    def vacate(self, subscription: Subscription) -> None:
        """Disconnect what the body of a module has connected, and keep its place for when that body is run again."""
        receiver = subscription.receiver
        if receiver is not None:
            place = (subscription.sequence, subscription.scope)
            self._vacated.setdefault(_place_key(subscription, receiver), []).append(place)
        self.cancel(subscription)

    def vacate_module(self, module: str) -> None:
        """Vacate what the body of a module has connected."""
        for subscription in self.subscriptions():
            if subscription.at_import and subscription.module == module:
                self.vacate(subscription)

    def suspend(self, subscription: Subscription) -> None:
        """Take a subscription out; it keeps its receiver and its sequence."""

        def suspend() -> None:
            if subscription.linked:
                subscription.switch_off()
                self._take_out_gone()
                self._unlink(subscription)

        self._serial.do(suspend)

    def move(self, subscription: Subscription, sequence: int) -> None:
        """Let a subscription stand where another one stood; 0: at the end. Does nothing on a cancelled one."""
        self.suspend(subscription)
        self._calls.clear()  # They are kept by sequence.
        subscription.sequence = sequence
        self.resume(subscription)

    def resume(self, subscription: Subscription) -> None:
        """Put a suspended subscription back; one whose receiver or sender died meanwhile stays out.

        Raises:
            ReceiverError: the signal was declared meanwhile, and the receiver does not fit.
        """
        receiver = subscription.receiver
        if receiver is not None:
            self._fit(subscription, receiver)
            self._serial.do(lambda: self._link(subscription))

    def give(self, subscription: Subscription, scope: Ownership) -> None:
        """Let a subscription belong to another owner, without a moment in which it is not connected."""

        def give() -> None:
            subscription.scope = scope
            self._forget_plans()

        self._serial.do(give)

    def matching(self, key: Hashable, sender: object) -> list[Subscription]:
        """Return the subscriptions of one receiver: all of them for ANY, else those for this very sender."""
        found = list(self._by_receiver.get(key, ()))
        if sender is ANY:
            return found
        wanted = sender_key(sender)
        return [subscription for subscription in found if subscription.sender_key == wanted]

    # -- finding ------------------------------------------------------------------------------------------------

    def find(self, sender: object) -> Plan | None:
        """Return the plan for a send that may be walked as it is; None if the send has to be observed."""
        if self._observed:
            return None
        # Asked here, because it may run a proxy's code, which must not run under the lock.
        key = sender_key(sender) if self._buckets else None
        plan = self._plan_by(key)
        if not plan.fast:
            return None
        if not self._buckets or (plan is not self._any_plan and (key is sender or compared_by_identity(key))):
            # Not so for numbers: a send looks in `routes` by `id()`, unless the sender is a string itself.
            self._serial.attempt(lambda: self._publish(key))
        return plan

    def find_awaitable(self, sender: object) -> Plan | None:
        """Return what `find` does, for a send that awaits."""
        if self._observed:
            return None
        plan = self.plan_for(sender)
        return plan if plan.awaitable else None

    def find_declared(self, sender: object) -> Plan | None:
        """Return what `find` does; None also in the moment when `send` is declared already and the plans are not."""
        return None if self.fields is None else self.find(sender)

    def find_undeclared(self, sender: object) -> Plan | None:
        """Return what `find` does; None if the signal is declared."""
        return self.find(sender) if self.fields is None else None

    def plan_for(self, sender: object) -> Plan:
        """Return the plan for a send."""
        return self._plan_by(sender_key(sender) if self._buckets else None)

    def call_for(self, subscription: Subscription, names: tuple[str, ...]) -> Call:
        """Return how a receiver is called for a payload of these names, decided once per set of names."""
        known = (subscription.sequence, names)
        call = self._calls.get(known)
        if call is None:
            if len(self._calls) >= 1024:  # noqa: PLR2004 - senders may make names up: bounded, and cheap to refill
                self._calls.clear()
            call = self._calls[known] = fit(subscription.parameters, names, declared=self.fields or ())
        return call

    def subscriptions(self) -> list[Subscription]:
        """Return every connected subscription, in order of connecting."""
        buckets = [self._everyone, *list(self._buckets.values())]
        found = [subscription for bucket in buckets for subscription in list(bucket.subscriptions)]
        return sorted(found, key=lambda subscription: subscription.sequence)

    # -- switches -----------------------------------------------------------------------------------------------

    def mute(self, key: object) -> None:
        """Call nobody until `unmute` of the same key, and of every other."""

        def mute() -> None:
            self._muted[key] = get_ident()
            self._forget_plans()

        self._serial.do(mute)

    def unmute(self, key: object) -> None:
        """End the muting of this key."""

        def unmute() -> None:
            self._muted.pop(key, None)
            self._forget_plans()

        self._serial.do(unmute)

    def renew(self) -> None:
        """Go on in a forked child, where other threads will neither finish what they were at nor unmute."""
        self._serial.renew()
        for key, thread in list(self._muted.items()):
            if thread != get_ident():
                self.unmute(key)

    def observe(self, wanted: Callable[[], bool]) -> None:
        """Take every send off the hot path, or put it back.

        `wanted` is asked inside the operation: of two threads that change what it depends on, the later has its way.
        """

        def observe() -> None:
            self._observed = wanted()
            self._forget_plans()

        self._serial.do(observe)

    def declare(self, fields: tuple[str, ...]) -> None:
        """Take the payload's names from a declaration: every receiver is fitted to them again."""

        def declare() -> None:
            self._calls.clear()
            # Before, so that whoever sees the fields finds no plan built without them; after, because garbage
            # collection may have had one built in between.
            self._forget_plans()
            self.fields = fields
            self._forget_plans()

        self._serial.do(declare)

    # -- one at a time ------------------------------------------------------------------------------------------

    def _link(self, subscription: Subscription) -> None:
        receiver, sender_ref = subscription.receiver, subscription.sender_ref
        sender = ANY if sender_ref is None else sender_ref()
        # Cancelled or dead since it was asked for. What lives is held here until it is linked.
        if receiver is None or sender is None:
            return
        if not subscription.sequence:
            self._sequence += 1
            subscription.sequence = self._sequence
        key = subscription.sender_key
        if key is ANY:
            bucket = self._everyone
        else:
            bucket = self._buckets.get(key) or Bucket(sender_ref)
            self._buckets[key] = bucket
        _put(bucket.subscriptions, subscription)
        _put(self._by_receiver.setdefault(subscription.receiver_key, []), subscription)
        subscription.linked = True
        self._forget_plans()

    def _take_place(self, subscription: Subscription, receiver: Receiver) -> None:
        places = self._vacated.get(_place_key(subscription, receiver))
        if places:
            subscription.sequence, scope = places.pop(0)
            self._calls.clear()  # They are kept by sequence.
            if subscription.scope is None and scope is not None:
                subscription.scope = scope
                scope.subscriptions.append(subscription)

    def _unlink(self, subscription: Subscription) -> None:
        if not subscription.linked:
            return
        key, receiver_key = subscription.sender_key, subscription.receiver_key
        bucket = self._everyone if key is ANY else self._buckets.get(key)
        if bucket is not None:
            _take(bucket.subscriptions, subscription)
            if key is not ANY and not bucket.subscriptions:
                self._buckets.pop(key, None)  # Its sender may just have died and taken it away.
        known = self._by_receiver.get(receiver_key)
        if known is not None:
            _take(known, subscription)
            if not known:
                del self._by_receiver[receiver_key]
        subscription.linked = False
        self._forget_plans()

    def _fit(self, subscription: Subscription, receiver: Receiver) -> None:
        if self.fields is not None:
            try:
                fit_declared(receiver, subscription.parameters, self.signal, self.fields)
            except ReceiverError as error:
                error.about(signal=self.signal, receiver=receiver, plugin=subscription.owner)
                raise

    def _forget_plans(self) -> None:
        self.plan = self.undeclared_plan = self._any_plan = None
        self._merged.clear()
        self._forget_routes()

    def _forget_routes(self) -> None:
        self.routes.clear()
        self.undeclared_routes.clear()

    # -- plans --------------------------------------------------------------------------------------------------

    def _plan_by(self, key: Hashable) -> Plan:
        """Return the plan for what a sender is compared by; None is nobody's key."""
        if self._muted:
            return NOBODY
        everyone = self._any_plan
        if everyone is None:
            everyone = self._built(None)
        if key not in self._buckets:
            return everyone
        merged = self._merged.get(key)
        return self._built(key) if merged is None else merged

    def _built(self, key: Hashable) -> Plan:
        """Return the plan for a sender, or for None every other one's; kept, unless another thread is changing it."""
        plans: list[Plan] = []
        if not self._serial.attempt(lambda: plans.append(self._kept(key))):
            plans.append(self._build(key))
        return plans[0]

    def _kept(self, key: Hashable) -> Plan:
        everyone = self._any_plan
        if everyone is None:
            everyone = self._any_plan = self._build(None)
        if key is None:
            return everyone
        plan = self._merged[key] = self._build(key)
        return plan

    def _build(self, key: Hashable) -> Plan:
        subscriptions = list(self._everyone.subscriptions)
        bucket = self._buckets.get(key)
        if bucket is not None:
            subscriptions += bucket.subscriptions
        plan = build_plan(subscriptions, self.fields)
        if plan.held:
            found = ref(plan, self._plan_gone)
            self._plans[id(found)] = found
            # Whoever was cancelled before that has not been taken out by it.
            plan.take_out_gone()
        return plan

    def _take_out_gone(self) -> None:
        for found in list(self._plans.values()):
            plan = found()
            if plan is not None:
                plan.take_out_gone()

    def _plan_died(self, dead: ref[Plan]) -> None:
        self._plans.pop(id(dead), None)

    def _publish(self, key: Hashable) -> None:
        """Let later sends, all of them or those from one sender, have their plan without asking for it."""
        plan = self._plan_by(key)
        if self._observed or not plan.fast:
            return
        if not self._buckets or self._muted:
            if self.fields is None:
                self.undeclared_plan = plan
            else:
                self.plan = plan
        elif plan is not self._any_plan:
            routes = self.undeclared_routes if self.fields is None else self.routes
            routes[key] = plan

    # -- the dead -----------------------------------------------------------------------------------------------

    def _reference(self, sender: object, key: Hashable) -> Callable[[], object]:
        bucket = self._buckets.get(key)
        if bucket is not None and bucket.sender_ref is not None:
            return bucket.sender_ref
        try:
            return SenderRef(sender, self._sender_gone, key)
        except TypeError:
            return lambda: sender

    def _receiver_died(self, dead: ref[Any], key: Hashable) -> None:
        # At once, as long as its `id()`, which is in the key, can be no other's.
        for subscription in self.matching(key, ANY):
            if subscription.receiver is None:
                self._serial.post(partial(self._unlink, subscription))
        warn_if_lost(dead)

    def _sender_died(self, dead: SenderRef) -> None:
        key = dead.key
        # At once and without the lock: a new object may get this id before the lock is free.
        bucket = self._buckets.pop(key, None)
        self._merged.pop(key, None)
        self.routes.pop(key, None)
        self.undeclared_routes.pop(key, None)
        if bucket is not None:
            for subscription in list(bucket.subscriptions):
                self.cancel(subscription)
        warn_if_lost(dead)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self.subscriptions())


def _put(known: list[Subscription], subscription: Subscription) -> None:
    place = _slice(known, subscription)
    if subscription not in known[place]:  # A forked child does again what it finds half done.
        known.insert(place.stop, subscription)


def _take(known: list[Subscription], subscription: Subscription) -> None:
    place = _slice(known, subscription)
    known[place] = [each for each in known[place] if each is not subscription]


def _slice(known: list[Subscription], subscription: Subscription) -> slice:
    """Return where a subscription stands: one at most, or beside the one whose place it takes over."""
    sequence = subscription.sequence
    return slice(bisect_left(known, sequence, key=_sequence), bisect_right(known, sequence, key=_sequence))
