"""The receivers of one send, in order, ready to be walked. Built from subscriptions, never changed afterwards."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from portico.signals.receivers import STANDARD_CALL

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from portico.signals.subscription import Pair, Subscription

_place = attrgetter("place")


class Plan(list["Pair"]):
    """The pairs that a dispatch walks, and beside each the subscriptions that it stands for."""

    __slots__ = ("entries", "fast", "firsts")

    entries: tuple[tuple[Subscription, ...], ...]
    """One entry a receiver: its subscriptions that match the sender, the first in order first."""
    fast: bool
    """Whether every receiver takes `(sender, **payload)` just so, and none is a coroutine function."""
    firsts: frozenset[str | None]
    """The names of the receivers' first parameters: a payload with such a field needs a closer look."""


NOBODY = Plan()
NOBODY.entries = ()
NOBODY.fast = True
NOBODY.firsts = frozenset()


def build_plan(subscriptions: Iterable[Subscription], fields: tuple[str, ...] | None) -> Plan:
    """Return the plan over these subscriptions.

    Args:
        subscriptions: those that match one sender, in any order.
        fields: the payload's field names; None for a signal of which they are not known.
    """
    receivers: dict[Hashable, list[Subscription]] = {}
    for subscription in sorted(subscriptions, key=_place):
        receivers.setdefault(subscription.receiver_key, []).append(subscription)
    plan = Plan(_pair(matching) for matching in receivers.values())
    plan.entries = tuple(map(tuple, receivers.values()))
    firsts = [matching[0] for matching in receivers.values()]
    if fields is None:
        plan.fast = all(first.standard for first in firsts)
        plan.firsts = frozenset(first.parameters.first for first in firsts)
    else:
        plan.fast = all(not first.is_coroutine and first.call_for(fields) is STANDARD_CALL for first in firsts)
        plan.firsts = frozenset()
    return plan


def _pair(matching: list[Subscription]) -> Pair:
    if len(matching) == 1:
        return matching[0].pair
    # Several subscriptions of one receiver: it is called once, for as long as one of them is connected.
    pairs = [subscription.pair for subscription in matching]
    # They all have the same function, but one that was cancelled just now has let go of it.
    function = next((pair[1] for pair in pairs if pair[1] is not None), None)

    def deref() -> object:
        for pair in pairs:
            target = pair[0]()
            if target is not None:
                return target
        return None

    return [deref, function]
