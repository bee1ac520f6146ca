"""Subscriptions kept together: those for one sender, or of one receiver. Says nothing of what they are kept for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.signals.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.plan import Plan

# None, one, or several by sequence of connecting: most receivers and most senders have exactly one.
Some = Subscription | dict[int, Subscription] | None


def every(known: Some) -> list[Subscription]:
    """Return them in a list of their own, in order of connecting."""
    return [] if known is None else [known] if isinstance(known, Subscription) else list(known.values())


def with_one(known: Some, subscription: Subscription) -> Some:
    """Return them with one more."""
    if known is None:
        return subscription
    if isinstance(known, Subscription):
        known = {known.sequence: known}
    known[subscription.sequence] = subscription
    return known


def without_one(known: Some, subscription: Subscription) -> Some:
    """Return them without one."""
    if not isinstance(known, dict):
        return None if known is subscription else known
    known.pop(subscription.sequence, None)
    return known


class Bucket:
    """The subscriptions for one sender, or for every sender."""

    __slots__ = ("merged", "sender_ref", "subscriptions")

    def __init__(self, sender_ref: Callable[[], object] | None) -> None:
        self.sender_ref = sender_ref
        """Gives the sender while it lives, and keeps it alive if it cannot be weakly referenced. None: by value."""
        self.subscriptions: Some = None
        self.merged: tuple[Plan | None, Plan | None] = (None, None)
        """The plan for every sender that it was merged with, and the result."""
