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

from portico.signals.any_signal import AnySignal, with_unowned
from portico.signals.connecting import require_fit, warn_if_lost
from portico.signals.plan import NOBODY, Plan, WalkedPlans, build_plan
from portico.signals.receivers import Receiver, describe_receiver
from portico.signals.senders import (
    ANY,
    SenderRef,
    compared_by_identity,
    connectable,
    connectable_sender_key,
    sender_key,
)
from portico.signals.serial import Serial
from portico.signals.subscription import Subscription, gone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from weakref import ref

    from portico.signals.subscription import Ownership


_sequence = attrgetter("_sequence")


class Registry:
    """Connects, finds and disconnects the subscriptions of one signal."""

    __slots__ = (
        "_any_plan",
        "_by_receiver",
        "_by_sender",
        "_everyone",
        "_merged",
        "_muted",
        "_observed",
        "_sender_gone",
        "_sequence",
        "_serial",
        "_walked",
        "fields",
        "plan",
        "receiver_gone",
        "routes",
        "signal",
        "undeclared_plan",
        "undeclared_routes",
        "vacated",
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
        self._walked: Final = WalkedPlans()
        # Three times in order of connecting: for every sender, for one sender, of one receiver.
        self._everyone: Final[list[Subscription]] = []
        self._by_sender: Final[dict[Hashable, list[Subscription]]] = {}
        self._by_receiver: Final[dict[Hashable, list[Subscription]]] = {}
        self._sequence = 0
        self.vacated: Final[dict[tuple[str | None, str, int], list[tuple[int, Ownership | None]]]] = {}
        """Places to be taken again, and on whose behalf, by module, name of the receiver and `order`."""
        self._muted: Final[dict[object, int]] = {}
        """The thread of each muting."""
        self._observed = False
        self._serial: Final = Serial()
        # One bound method for all references. They must not keep their subscription alive, which holds them.
        self.receiver_gone: Final = self._receiver_died
        self._sender_gone: Final = self._sender_died

    # -- connecting ---------------------------------------------------------------------------------------------

    def refer_to(self, sender: object) -> tuple[Hashable, Callable[[], object] | None]:
        """Return what a sender is compared by; and, unless that is its value, what gives the sender while it lives."""
        sender = connectable(sender)
        if sender is ANY:
            return ANY, None
        key = connectable_sender_key(sender)
        if sender is None or not compared_by_identity(key):
            return key, None
        for subscription in self._by_sender.get(key, ()):
            if subscription._sender_ref is not None:
                return key, subscription._sender_ref  # One for all of them.
        try:
            return key, SenderRef(sender, self._sender_gone, key)
        except TypeError:
            return key, lambda: sender

    def take_place(self, module: str | None, receiver: Receiver, order: int) -> tuple[int, Ownership | None]:
        """Return where a receiver stood that the body of its module connects again; from then on it is taken."""
        places = self.vacated.get((module, describe_receiver(receiver), order))
        return places.pop(0) if places else (0, None)

    def add(self, subscription: Subscription) -> None:
        """Connect a new subscription."""
        self._serial.do(partial(self._link, subscription))

    def cancel(self, subscription: Subscription) -> None:
        """Disconnect a subscription, for good."""
        subscription._pair[0] = gone  # At once, whoever holds the lock: a dispatch that is under way sees it.
        self._walked.take_out_gone()
        self._serial.post(partial(self._unlink, subscription))
        subscription._release()

    def vacate(self, subscription: Subscription) -> None:
        """Disconnect what the body of a module has connected, and keep its place for when that body is run again."""
        receiver = subscription.receiver
        if receiver is not None:
            known_by = (subscription.module, describe_receiver(receiver), subscription.order)
            self.vacated.setdefault(known_by, []).append((subscription._sequence, subscription._scope))
        self.cancel(subscription)

    def vacate_module(self, module: str) -> None:
        """Vacate what the body of a module has connected."""
        for subscription in self:
            if subscription.at_import and subscription.module == module:
                self.vacate(subscription)

    def suspend(self, subscription: Subscription) -> None:
        """Take a subscription out; it keeps its receiver and its sequence."""
        self._serial.do(partial(self._suspend, subscription))

    def resume(self, subscription: Subscription) -> None:
        """Put a suspended subscription back; one whose receiver or sender died meanwhile stays out.

        Raises:
            ReceiverError: the signal was declared meanwhile, and the receiver does not fit.
        """
        receiver = subscription.receiver
        if receiver is not None:
            require_fit(self, receiver, subscription._parameters, subscription.owner)
            self.add(subscription)

    def give(self, subscription: Subscription, scope: Ownership) -> None:
        """Let a subscription belong to another owner, without a moment in which it is not connected."""
        self._serial.do(partial(self._give, subscription, scope))

    def matching(self, key: Hashable, sender: object) -> list[Subscription]:
        """Return the subscriptions of one receiver: all of them for ANY, else those for this very sender."""
        found = list(self._by_receiver.get(key, ()))
        if sender is ANY:
            return found
        wanted = sender_key(sender)
        return [subscription for subscription in found if subscription._sender_key == wanted]

    # -- finding ------------------------------------------------------------------------------------------------

    def find(self, sender: object) -> Plan | None:
        """Return the plan for a send that may be walked as it is; None if the send has to be observed."""
        if self._observed:
            return None
        # Asked here, because it may run a proxy's code, which must not run under the lock.
        key = sender_key(sender) if self._by_sender else None
        plan = self._plan_by(key)
        if not plan.fast:
            return None
        if not self._by_sender or (plan is not self._any_plan and (key is sender or compared_by_identity(key))):
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
        return self._plan_by(sender_key(sender) if self._by_sender else None)

    def __iter__(self) -> Iterator[Subscription]:
        """Iterate over every connected subscription, in order of connecting."""
        books = [self._everyone, *list(self._by_sender.values())]
        found = [subscription for known in books for subscription in list(known)]
        return iter(sorted(found, key=_sequence))

    def unowned(self) -> list[Subscription]:
        """Return the connected subscriptions that nobody owns, in order of connecting."""
        return [each for each in self if each._scope is None and each.receiver is not None]

    # -- switches -----------------------------------------------------------------------------------------------

    def mute(self, key: object) -> None:
        """Call nobody until `unmute` of the same key, and of every other."""
        self._serial.do(partial(self._mute, key, get_ident()))

    def unmute(self, key: object) -> None:
        """End the muting of this key."""
        self._serial.do(partial(self._mute, key, None))

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
        self._serial.do(partial(self._observe, wanted))

    def declare(self, fields: tuple[str, ...]) -> None:
        """Take the payload's names from a declaration: every receiver is fitted to them again."""
        self._serial.do(partial(self._declare, fields))

    # -- one at a time ------------------------------------------------------------------------------------------

    def _link(self, subscription: Subscription) -> None:
        target, sender_ref = subscription._pair[0](), subscription._sender_ref
        sender = ANY if sender_ref is None else sender_ref()
        # Cancelled or dead since it was asked for. What lives is held here until it is linked.
        if target is None or sender is None:
            return
        if not subscription._sequence:
            self._sequence += 1
            subscription._sequence = self._sequence
        key = subscription._sender_key
        of_sender = self._everyone if key is ANY else self._by_sender.setdefault(key, [])
        for known in (of_sender, self._by_receiver.setdefault(subscription._receiver_key, [])):
            if known and known[-1]._sequence >= subscription._sequence:
                _put_back(known, subscription)
            else:
                known.append(subscription)
        subscription._linked = True
        if subscription._scope is None:
            with_unowned[id(self.signal)] = None
        self._forget_plans()

    def _unlink(self, subscription: Subscription) -> None:
        if not subscription._linked:
            return
        if subscription._sender_key is ANY:
            _take(self._everyone, subscription)
        else:
            _take_from(self._by_sender, subscription._sender_key, subscription)
        _take_from(self._by_receiver, subscription._receiver_key, subscription)
        subscription._linked = False
        self._forget_plans()

    def _suspend(self, subscription: Subscription) -> None:
        if subscription._linked:
            subscription._switch_off()
            self._walked.take_out_gone()
            self._unlink(subscription)

    def _give(self, subscription: Subscription, scope: Ownership) -> None:
        subscription._scope = scope
        self._forget_plans()

    def _mute(self, key: object, thread: int | None) -> None:
        if thread is None:
            self._muted.pop(key, None)
        else:
            self._muted[key] = thread
        self._forget_plans()

    def _observe(self, wanted: Callable[[], bool]) -> None:
        self._observed = wanted()
        self._forget_plans()

    def _declare(self, fields: tuple[str, ...]) -> None:
        # Before, so that whoever sees the fields finds no plan built without them; after, because garbage collection
        # may have had one built in between.
        self._forget_plans()
        self.fields = fields
        self._forget_plans()

    def _forget_plans(self) -> None:
        self.plan = self.undeclared_plan = self._any_plan = None
        self._merged.clear()
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
        if key not in self._by_sender:
            return everyone
        merged = self._merged.get(key)
        return self._built(key) if merged is None else merged

    def _built(self, key: Hashable) -> Plan:
        """Return the plan for a sender, or for None every other one's; kept, unless another thread is changing it."""
        plans: list[Plan] = []
        if not self._serial.attempt(lambda: plans.append(self._keep(key))):
            plans.append(self._build(key))
        return plans[0]

    def _keep(self, key: Hashable) -> Plan:
        plan = self._build(key)
        if key is None:
            self._any_plan = plan
        else:
            self._merged[key] = plan
        return plan

    def _build(self, key: Hashable) -> Plan:
        plan = build_plan([*self._everyone, *self._by_sender.get(key, ())], self.fields)
        self._walked.add(plan)
        return plan

    def _publish(self, key: Hashable) -> None:
        """Let later sends, all of them or those from one sender, have their plan without asking for it."""
        plan = self._plan_by(key)
        if self._observed or not plan.fast:
            return
        if not self._by_sender or self._muted:
            if self.fields is None:
                self.undeclared_plan = plan
            else:
                self.plan = plan
        elif plan is not self._any_plan:
            routes = self.undeclared_routes if self.fields is None else self.routes
            routes[key] = plan

    # -- the dead -----------------------------------------------------------------------------------------------

    def _receiver_died(self, dead: ref[Any], key: Hashable) -> None:
        # At once, as long as its `id()`, which is in the key, can be no other's.
        for subscription in self.matching(key, ANY):
            if subscription.receiver is None:
                self._serial.post(partial(self._unlink, subscription))
        warn_if_lost(dead)

    def _sender_died(self, dead: SenderRef) -> None:
        key = dead.key
        # At once and without the lock: a new object may get this id before the lock is free.
        known = self._by_sender.pop(key, [])
        self._merged.pop(key, None)
        self.routes.pop(key, None)
        self.undeclared_routes.pop(key, None)
        for subscription in list(known):
            self.cancel(subscription)
        warn_if_lost(dead)


def _put_back(known: list[Subscription], subscription: Subscription) -> None:
    place = _slice(known, subscription)
    if subscription not in known[place]:  # A forked child does again what it finds half done.
        known.insert(place.stop, subscription)


def _take(known: list[Subscription], subscription: Subscription) -> None:
    place = _slice(known, subscription)
    known[place] = [each for each in known[place] if each is not subscription]


def _take_from(books: dict[Hashable, list[Subscription]], key: Hashable, subscription: Subscription) -> None:
    known = books.get(key)  # Its sender may just have died and taken it away.
    if known is not None:
        _take(known, subscription)
        if not known:
            books.pop(key, None)


def _slice(known: list[Subscription], subscription: Subscription) -> slice:
    """Return where a subscription stands: one at most, or beside the one whose place it takes over."""
    start = bisect_left(known, subscription._sequence, key=_sequence)
    return slice(start, bisect_right(known, subscription._sequence, lo=start, key=_sequence))
