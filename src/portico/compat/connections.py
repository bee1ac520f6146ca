"""Shows the connections of a signal as the tables of other libraries hold them, and lets these be written to."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar
from weakref import ReferenceType, WeakMethod, ref

from portico.compat.foreign import Foreign, foreign_of
from portico.signals import receiver_key, sender_reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals import Receiver, Signal, Subscription

    Raw = Receiver | ReferenceType[Receiver]


class Connection(NamedTuple):
    """One subscription of a signal, with the receiver that its author wrote."""

    subscription: Subscription
    foreign: Foreign | None
    """What it is to the façade that connected it; None if Portico did."""
    receiver: Receiver
    raw: Raw
    """The receiver, or a weak reference where nothing of the connection keeps it alive."""

    @property
    def sender(self) -> object:
        """The sender that it is connected to; ANY for every one, None also once it is gone."""
        return self.subscription.sender


def connections(signal: Signal[...]) -> list[Connection]:
    """Return what is connected to a signal and lives, in order of connecting."""
    return [found for subscription in signal.subscriptions if (found := connection(subscription)) is not None]


def connection(subscription: Subscription) -> Connection | None:
    """Return what a subscription connects; None once its receiver is gone."""
    function = subscription.receiver
    foreign = foreign_of(function)
    receiver = foreign.reference() if foreign else function
    if receiver is None:
        return None
    if foreign is not None:
        weak = foreign.weak and isinstance(foreign.reference, ReferenceType)
        return Connection(subscription, foreign, receiver, foreign.reference if weak else receiver)
    return Connection(subscription, None, receiver, reference_to(receiver) if subscription.weak else receiver)


def behind(raw: Raw | None) -> Receiver | None:
    """Return the receiver that stands in a table, itself or as a reference; None once it is gone."""
    return raw() if isinstance(raw, ReferenceType) else raw


def is_same(one: Raw | None, other: Raw | None) -> bool:
    """Tell whether two entries of a table are of one receiver and hold it as strongly."""
    if isinstance(one, ReferenceType) is not isinstance(other, ReferenceType):
        return False
    return one is other or receiver_key(behind(one)) == receiver_key(behind(other))


def reference_to(receiver: Receiver, died: Callable[[Any], object] | None = None) -> ReferenceType[Any]:
    """Return a weak reference to a receiver, to a bound method too."""
    if hasattr(receiver, "__self__") and hasattr(receiver, "__func__"):
        return WeakMethod(receiver, died)
    return ref(receiver, died)


GONE: Final = object()
"""Stands for a sender that is no more."""


def sender_finder(subscription: Subscription) -> Callable[[], object]:
    """Return what gives the sender of a subscription for as long as it lives, also once that is cancelled."""
    reference = sender_reference(subscription).find
    if reference is None:
        sender = subscription.sender
        return lambda: sender
    return lambda: GONE if (found := reference()) is None else found


class _Written(Protocol):
    def written(self) -> object:
        """Take what was written as it is."""


W = TypeVar("W", bound="type[_Written]")


def writing(*names: str) -> Callable[[W], W]:
    """Return a decorator for a kind of container: after each of these methods, `written()` is called."""

    def decorate(kind: W) -> W:
        for name in names:
            setattr(kind, name, _writes(getattr(kind, name)))
        return kind

    return decorate


def _writes(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def write(self: _Written, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        self.written()
        return result

    return write
