"""Says on whose behalf subscriptions are made. An owner is an opaque string; nothing here knows of plugins."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Self

from portico.errors import ReceiverError

if TYPE_CHECKING:
    from portico.signals.subscription import Subscription


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
