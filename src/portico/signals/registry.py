"""The subscriptions of one signal: who is connected to which sender, in plans that a send can walk. Calls nobody.

Mutations are done one at a time. A send takes no lock, and never waits for one: where it finds no plan while another
thread is changing something, it builds one for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import ref

from portico.errors import ReceiverError
from portico.signals.plan import NOBODY, Plan, build_plan
from portico.signals.receivers import Call, Receiver, fit, fit_declared
from portico.signals.senders import ANY, compared_by_identity, connectable_sender_key, sender_key
from portico.signals.serial import Serial
from portico.signals.subscription import Subscription, gone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from portico.signals.ownership import Ownership
    from portico.signals.signal import Signal


class _Bucket:
    """The subscriptions for one sender, or for every sender."""

    __slots__ = ("merged", "sender_ref", "subscriptions")

    def __init__(self, sender_ref: Callable[[], object] | None) -> None:
        self.sender_ref = sender_ref
        """Gives the sender while it lives, and keeps it alive if it cannot be weakly referenced. None: by value."""
        self.subscriptions: dict[int, Subscription] = {}
        """By sequence of connecting."""
        self.merged: tuple[Plan | None, Plan | None] = (None, None)
        """The plan for every sender that it was merged with, and the result."""


class Registry:
    """Connects, finds and disconnects the subscriptions of one signal."""

    __slots__ = (
        "_any_plan",
        "_buckets",
        "_by_receiver",
        "_calls",
        "_everyone",
        "_muted",
        "_observed",
        "_sequence",
        "_serial",
        "fields",
        "plan",
        "signal",
        "undeclared_plan",
    )

    def __init__(self, signal: Signal[...]) -> None:
        self.signal: Final = signal
        self.fields: tuple[str, ...] | None = None
        """The payload's names, in order; None while the signal is undeclared."""
        self.plan: Plan | None = None
        """What every send of the declared signal may walk straight away; None when `find` has to be asked."""
        self.undeclared_plan: Plan | None = None
        """The same while the signal is undeclared, so that a `send` captured then notices the declaration."""
        self._any_plan: Plan | None = None
        self._everyone: Final = _Bucket(None)
        self._buckets: Final[dict[Hashable, _Bucket]] = {}
        self._by_receiver: Final[dict[Hashable, Subscription | dict[int, Subscription]]] = {}
        self._calls: Final[dict[tuple[int, tuple[str, ...]], Call]] = {}
        self._sequence = 0
        self._muted = 0
        self._observed = False
        self._serial: Final = Serial()

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
    ) -> Subscription:
        """Connect a receiver.

        Raises:
            ReceiverError: it does not fit the declared signal.
            TypeError: it was to be weak, and cannot be weakly referenced.
        """
        key = ANY if sender is ANY else connectable_sender_key(sender)
        subscription = Subscription(self, receiver, key, order, owned, module=module)
        fields = self.fields
        self._fit(subscription, receiver)
        # The callback must not keep the subscription alive, which holds the reference that holds the callback.
        grave = ref(subscription)
        subscription.hold(receiver, strong=strong, died=lambda _: self._receiver_died(grave))
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
        self._serial.post(lambda: self._unlink(subscription))
        subscription.release()

    def suspend(self, subscription: Subscription) -> None:
        """Take a subscription out; it keeps its receiver and its sequence."""

        def suspend() -> None:
            if subscription.linked:
                subscription.switch_off()
                self._unlink(subscription)

        self._serial.do(suspend)

    def resume(self, subscription: Subscription) -> None:
        """Put a suspended subscription back; one whose receiver or sender died meanwhile stays out.

        Raises:
            ReceiverError: the signal was declared meanwhile, and the receiver does not fit.
        """
        receiver = subscription.receiver
        if receiver is not None:
            self._fit(subscription, receiver)
            self._serial.do(lambda: self._link(subscription))

    def give(self, subscription: Subscription, owned: Ownership) -> None:
        """Let a subscription belong to another owner, without a moment in which it is not connected."""

        def give() -> None:
            subscription.owner, subscription.rank = owned.owner, owned.rank
            bucket = self._buckets.get(subscription.sender_key)
            if bucket is not None:
                bucket.merged = (None, None)
            self._forget_plans()

        self._serial.do(give)

    def matching(self, key: Hashable, sender: object) -> list[Subscription]:
        """Return the subscriptions of one receiver: all of them for ANY, else those for this very sender."""
        found = self._by_receiver.get(key, ())
        every = [found] if isinstance(found, Subscription) else list(dict(found).values())
        if sender is ANY:
            return every
        wanted = sender_key(sender)
        return [subscription for subscription in every if subscription.sender_key == wanted]

    # -- finding ------------------------------------------------------------------------------------------------

    def find(self, sender: object) -> Plan | None:
        """Return the plan for a send that may be walked as it is; None if the send has to be observed."""
        if self._observed:
            return None
        plan = self.plan_for(sender)
        return plan if plan.fast else None

    def find_declared(self, sender: object) -> Plan | None:
        """Return what `find` does; None also in the moment when `send` is declared already and the plans are not."""
        return None if self.fields is None else self.find(sender)

    def plan_for(self, sender: object) -> Plan:
        """Return the plan for a send."""
        if self._muted:
            return NOBODY
        everyone = self._any_plan
        if everyone is None:
            everyone = self._built(None)
        buckets = self._buckets
        if buckets:
            bucket = buckets.get(sender_key(sender))
            if bucket is not None:
                base, merged = bucket.merged
                if base is not everyone or merged is None:
                    merged = self._built(bucket)
                return merged
        return everyone

    def call_for(self, subscription: Subscription, names: tuple[str, ...]) -> Call:
        """Return how a receiver is called for a payload of these names, decided once per set of names."""
        known = (subscription.sequence, names)
        call = self._calls.get(known)
        if call is None:
            if len(self._calls) >= 1024:  # noqa: PLR2004 - senders may make names up: bounded, and cheap to refill
                self._calls.clear()
            call = self._calls[known] = fit(subscription.parameters, names)
        return call

    def subscriptions(self) -> list[Subscription]:
        """Return every connected subscription, in order of connecting."""
        buckets = [self._everyone, *list(self._buckets.values())]
        found = [subscription for bucket in buckets for subscription in list(bucket.subscriptions.values())]
        return sorted(found, key=lambda subscription: subscription.sequence)

    # -- switches -----------------------------------------------------------------------------------------------

    def mute(self, step: int) -> None:
        """Count one muting more (1) or fewer (-1); while any counts, nobody is called."""

        def mute() -> None:
            self._muted += step
            self._forget_plans()

        self._serial.do(mute)

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
            for bucket in list(self._buckets.values()):
                bucket.merged = (None, None)
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
        if subscription.linked or receiver is None or sender is None:
            return
        if not subscription.sequence:
            self._sequence += 1
            subscription.sequence = self._sequence
        key, sequence = subscription.sender_key, subscription.sequence
        if key is ANY:
            bucket = self._everyone
        else:
            bucket = self._buckets.get(key) or _Bucket(sender_ref)
            self._buckets[key] = bucket
        bucket.subscriptions[sequence] = subscription
        bucket.merged = (None, None)
        known = self._by_receiver.get(subscription.receiver_key)
        if known is None:
            self._by_receiver[subscription.receiver_key] = subscription
        elif isinstance(known, Subscription):
            self._by_receiver[subscription.receiver_key] = {known.sequence: known, sequence: subscription}
        else:
            known[sequence] = subscription
        subscription.linked = True
        self._forget_plans()

    def _unlink(self, subscription: Subscription) -> None:
        if not subscription.linked:
            return
        subscription.linked = False
        key, sequence = subscription.sender_key, subscription.sequence
        bucket = self._everyone if key is ANY else self._buckets.get(key)
        if bucket is not None and bucket.subscriptions.pop(sequence, None) is not None:
            bucket.merged = (None, None)
            if key is not ANY and not bucket.subscriptions:
                self._buckets.pop(key, None)  # Its sender may just have died and taken it away.
        known = self._by_receiver.get(subscription.receiver_key)
        if isinstance(known, dict):
            known.pop(sequence, None)
        if not known or known is subscription:
            self._by_receiver.pop(subscription.receiver_key, None)
        self._forget_plans()

    def _fit(self, subscription: Subscription, receiver: Receiver) -> None:
        if self.fields is not None:
            fit_declared(receiver, subscription.parameters, self.signal.label, self.fields)

    def _forget_plans(self) -> None:
        self.plan = self.undeclared_plan = self._any_plan = None

    # -- plans --------------------------------------------------------------------------------------------------

    def _built(self, bucket: _Bucket | None) -> Plan:
        """Return the plan for a bucket's sender, or for every other one; kept, unless another thread is changing it."""
        plans: list[Plan] = []
        if not self._serial.attempt(lambda: plans.append(self._kept(bucket))):
            plans.append(self._build(bucket))
        return plans[0]

    def _kept(self, bucket: _Bucket | None) -> Plan:
        everyone = self._any_plan
        if everyone is None:
            everyone = self._any_plan = self._build(None)
        if everyone.fast and not (self._buckets or self._muted or self._observed):
            if self.fields is None:
                self.undeclared_plan = everyone
            else:
                self.plan = everyone
        if bucket is None:
            return everyone
        plan = self._build(bucket)
        bucket.merged = (everyone, plan)
        return plan

    def _build(self, bucket: _Bucket | None) -> Plan:
        subscriptions = list(self._everyone.subscriptions.values())
        if bucket is not None:
            subscriptions += list(bucket.subscriptions.values())
        return build_plan(subscriptions, self.fields)

    # -- the dead -----------------------------------------------------------------------------------------------

    def _reference(self, sender: object, key: Hashable) -> Callable[[], object]:
        bucket = self._buckets.get(key)
        if bucket is not None and bucket.sender_ref is not None:
            return bucket.sender_ref
        try:
            return ref(sender, lambda _: self._sender_died(key))
        except TypeError:
            return lambda: sender

    def _receiver_died(self, grave: Callable[[], Subscription | None]) -> None:
        subscription = grave()
        if subscription is not None:
            self._serial.post(lambda: self._unlink(subscription))

    def _sender_died(self, key: Hashable) -> None:
        # At once and without the lock: a new object may get this id before the lock is free.
        bucket = self._buckets.pop(key, None)
        if bucket is not None:
            for subscription in list(bucket.subscriptions.values()):
                self.cancel(subscription)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self.subscriptions())


def living(entries: Iterable[tuple[Subscription, ...]]) -> Iterator[tuple[Subscription, Receiver]]:
    """Walk a plan's entries: each receiver that still lives, with its first connected subscription."""
    for matching in entries:
        for subscription in matching:
            receiver = subscription.receiver
            if receiver is not None and subscription.connected:
                yield subscription, receiver
                break
