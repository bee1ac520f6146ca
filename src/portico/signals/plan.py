"""Puts the receivers of one send in order, ready to be walked. A plan is only ever changed by taking receivers out."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from portico.signals.signatures import STANDARD_CALL, gives_coroutine

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Pair, Subscription

Results = list[tuple[Any, Any]]
"""What a send gives: each receiver that was called, and what it returned."""

_WORTH_GENERATING: Final = 4
_place = attrgetter("_place")


class Plan(list["Pair"]):
    """The pairs that a dispatch walks, and beside each the subscriptions that it stands for."""

    __slots__ = ("__weakref__", "awaitable", "fast", "first", "firsts", "held", "holed", "long", "matching")

    matching: tuple[Subscription | tuple[Subscription, ...], ...]
    """What `entries` gives, but without a tuple around the one subscription that nearly every receiver has."""
    fast: bool
    """Whether every receiver takes `(sender, **payload)` just so, and none is a coroutine function."""
    awaitable: bool
    """Whether every receiver takes `(sender, **payload)` just so, and gives a coroutine if it has to be awaited."""
    first: str | None
    """What every receiver calls its first parameter: a payload with such a field needs a closer look."""
    firsts: frozenset[str | None]
    """What they call it, if not all of them call it the same."""
    long: bool
    """Whether it is worth a generated loop."""
    held: list[Receiver] | None
    """The receivers themselves, which cost less to walk than the pairs; None unless all are held strongly."""
    holed: bool
    """Whether some in `held` were taken out, so that the results have to be looked through."""

    def take_out_gone(self) -> None:
        """Put `not_called` in the place of receivers that are not connected any more, also in a walk under way."""
        if self.held is None:
            return
        for place, (deref, _) in enumerate(self):
            if deref() is None:
                self.holed = True
                self.held[place] = not_called

    @property
    def entries(self) -> tuple[tuple[Subscription, ...], ...]:
        """One entry a receiver: its subscriptions that match the sender, the first in order first."""
        return tuple(matching if isinstance(matching, tuple) else (matching,) for matching in self.matching)


class WalkedPlans:
    """The plans that sends may be walking by their receivers, from which those have to be taken out that are gone."""

    __slots__ = ("_died", "_plans")

    def __init__(self) -> None:
        self._plans: Final[dict[int, ref[Plan]]] = {}
        """By the `id()` of the reference."""
        self._died: Final = lambda dead, known=self._plans: known.pop(id(dead), None)

    def add(self, plan: Plan) -> None:
        """Take note of a new plan."""
        if plan.held:
            found = ref(plan, self._died)
            self._plans[id(found)] = found
            plan.take_out_gone()  # Whoever was cancelled before this has not been taken out.

    def take_out_gone(self) -> None:
        """Put `not_called` in the place of receivers that are not connected any more."""
        for found in list(self._plans.values()):
            plan = found()
            if plan is not None:
                plan.take_out_gone()


def not_called(*_: object, **__: object) -> None:
    """Stand among the receivers of a plan for one that was taken out."""


def without_holes(results: Results) -> Results:
    """Return the results of those that were called."""
    return [result for result in results if result[0] is not not_called]


NOBODY = Plan()
NOBODY.matching = ()
NOBODY.fast = True
NOBODY.awaitable = True
NOBODY.first = None
NOBODY.firsts = frozenset()
NOBODY.long = False
NOBODY.held = []
NOBODY.holed = False


def build_plan(subscriptions: Iterable[Subscription], fields: tuple[str, ...] | None) -> Plan:
    """Return the plan over these subscriptions.

    Args:
        subscriptions: those that match one sender, in any order.
        fields: the payload's field names; None for a signal of which they are not known.
    """
    receivers: dict[Hashable, list[Subscription]] = {}
    for subscription in sorted(subscriptions, key=_place):
        receivers.setdefault(subscription._receiver_key, []).append(subscription)
    plan = Plan(_pair(matching) for matching in receivers.values())
    plan.matching = tuple(each[0] if len(each) == 1 else tuple(each) for each in receivers.values())
    plan.first, plan.firsts = None, frozenset()
    firsts = [matching[0] for matching in receivers.values()]
    if fields is None:
        standard = all(first._standard for first in firsts)
        plan.firsts = frozenset(first._parameters.first for first in firsts)
        if len(plan.firsts) == 1:  # As a rule: all of them call it `sender`.
            (plan.first,), plan.firsts = plan.firsts, frozenset()
    else:
        standard = all(first._call_for(fields) is STANDARD_CALL for first in firsts)
    coroutines = [first for first in firsts if first.is_coroutine]
    plan.fast = standard and not coroutines
    plan.awaitable = standard and all(gives_coroutine(first.receiver) for first in coroutines)
    plan.long = len(plan) >= _WORTH_GENERATING
    plan.held, plan.holed = _held(receivers.values()), False
    return plan


def living(entries: Iterable[tuple[Subscription, ...]]) -> Iterator[tuple[Subscription, Receiver]]:
    """Walk a plan's entries: each receiver that still lives, with its first connected subscription."""
    for matching in entries:
        for subscription in matching:
            receiver = subscription.receiver
            if receiver is not None and subscription.connected:
                yield subscription, receiver
                break


def _held(receivers: Iterable[list[Subscription]]) -> list[Receiver] | None:
    found = []
    for matching in receivers:
        held = [subscription._held for subscription in matching]
        if held[0] is None or any(receiver is None for receiver in held):
            return None
        found.append(held[0])
    return found


def _pair(matching: list[Subscription]) -> Pair:
    if len(matching) == 1:
        return matching[0]._pair
    # Several subscriptions of one receiver: it is called once, for as long as one of them is connected.
    pairs = [subscription._pair for subscription in matching]
    # They all have the same function, but one that was cancelled just now has let go of it.
    function = next((pair[1] for pair in pairs if pair[1] is not None), None)

    def deref() -> object:
        for pair in pairs:
            target = pair[0]()
            if target is not None:
                return target
        return None

    return [deref, function]
