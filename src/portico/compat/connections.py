"""Shows the connections of a signal as other libraries' tables do, and takes what is written to such a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar
from weakref import ReferenceType, WeakMethod, ref

from portico.compat.facade_receiver import FacadeReceiver, facade_receiver_of
from portico.signals import receiver_key, sender_reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals import Receiver, Signal, Subscription

    Raw = Receiver | ReferenceType[Receiver]


class Connection(NamedTuple):
    """One subscription of a signal, with the receiver that its author wrote."""

    subscription: Subscription
    facade_receiver: FacadeReceiver | None
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
    facade_receiver = facade_receiver_of(function)
    receiver = facade_receiver.reference() if facade_receiver else function
    if receiver is None:
        return None
    if facade_receiver is not None:
        weak = facade_receiver.weak and isinstance(facade_receiver.reference, ReferenceType)
        return Connection(subscription, facade_receiver, receiver, facade_receiver.reference if weak else receiver)
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


class _Container(Protocol):
    tables: Any


C = TypeVar("C", bound=_Container)


class LiveTables(ABC, Generic[C]):
    """Base of the tables of one signal, which show one container of receivers for as long as somebody has it."""

    def __init__(self) -> None:
        # Held by whoever looks at it: what is in it is kept alive by nobody else.
        self._current: Callable[[], C | None] = lambda: None

    @abstractmethod
    def _make(self) -> C:
        """Return a new container of what is connected."""

    @abstractmethod
    def _renew(self, current: C) -> None:
        """Let a container show what is connected now."""

    @property
    def receivers(self) -> C:
        """What is connected; the same container for as long as somebody has it."""
        current = self._current()
        if current is None:
            current = self._make()
            self._current = ref(current)
        else:
            self._renew(current)
        return current

    def refresh(self) -> None:
        """Let the container that somebody has, if any, show what is connected now."""
        current = self._current()
        if current is not None:
            self._renew(current)

    def leave(self, other: object) -> None:
        """Let whoever has a container keep it as it is, unless it is this other one."""
        current = self._current()
        if current is not None and current is not other:
            current.tables, self._current = None, lambda: None


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
