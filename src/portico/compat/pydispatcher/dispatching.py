"""Which Portico signal stands for which of PyDispatcher's, and how a send goes through them.

A PyDispatcher signal is any hashable object. Each that somebody is connected to has a Portico signal; so has `Any`,
whose receivers hear every send. A send therefore is two: one of the signal's own, one of `Any`'s.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple
from typing import Any as Value

from portico.compat.connecting import foreign_receivers
from portico.compat.foreign import SKIPPED, Foreign, originals, receiver_key
from portico.compat.pydispatcher.robustapply import Capacity, capacity_of
from portico.signals import ANY, Mutex, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from portico.compat.foreign import Call
    from portico.signals import Receiver


class _Parameter:
    """An object that stands for something in place of a sender or signal."""

    def __repr__(self) -> str:
        return type(self).__name__


class _Any(_Parameter):
    """Every signal, or every sender."""


class _Anonymous(_Parameter):
    """The sender of what was sent without one."""


Any: Final = _Any()
Anonymous: Final = _Anonymous()


class _Delivery(NamedTuple):
    """One send, as the receivers see it that it reaches through one Portico signal."""

    portico: Signal[...]
    signal: Hashable
    arguments: tuple[Value, ...]
    exact: bool
    called: set[Hashable]
    """The receivers that this send has called, through whichever Portico signal."""


_delivery: Final[ContextVar[_Delivery | None]] = ContextVar("portico_pydispatcher_delivery", default=None)
_signals: Final[dict[Value, Signal[...]]] = {}
_changing: Final = Mutex()
_MANY: Final = 256


def known_signals() -> list[tuple[Value, Signal[...]]]:
    """Return each signal that somebody was connected to, with the Portico signal that stands for it."""
    return list(_signals.items())


def portico_signal(signal: Value) -> Signal[...] | None:
    """Return what stands for a signal: itself if it is Portico's; None if nobody ever connected to it."""
    return signal if isinstance(signal, Signal) else _signals.get(signal)


def connect_receiver(receiver: Receiver, signal: Value, sender: object, *, weak: bool) -> None:
    """Connect a receiver; `dispatcher.connect` says how."""
    with _changing:  # Nobody drops the signal before it has this receiver.
        portico = portico_signal(signal)
        if portico is None:
            _drop_unused()
            portico = _signals[signal] = Signal(signal if isinstance(signal, str) else type(signal).__name__)
        foreign_receivers(portico).connect(
            connection_key(receiver, sender),
            receiver,
            _call(portico, signal, for_any=sender is Any),
            sender=ANY if sender is Any else sender,
            weak=weak,
        )


def connection_key(receiver: object, sender: object) -> Hashable:
    """Return what a receiver is known by: as one for any sender, and as one for certain ones."""
    return ("pydispatcher", receiver_key(receiver), sender is Any)


def connected_exactly(signal: Value, sender: object) -> Iterator[Foreign]:
    """Iterate over what is connected to this very signal and sender; `Any` is one like the others here."""
    portico = portico_signal(signal)
    if portico is not None:
        for foreign in foreign_receivers(portico).connected_for(ANY if sender is Any else sender):
            if foreign.key == connection_key(foreign.reference(), sender):
                yield foreign


def dispatch(
    signal: Value,
    sender: object,
    arguments: tuple[Value, ...],
    named: dict[str, Value],
    *,
    exact: bool = False,
    isolated: bool = False,
) -> list[tuple[Receiver, Value]]:
    """Send, to the receivers of this very signal and sender only if `exact`; return the results of all."""
    results: list[tuple[Receiver, Value]] = []
    called: set[Hashable] = set()
    for heard in (signal,) if exact or signal is Any else (signal, Any):
        portico = portico_signal(heard)
        if portico is not None:
            token = _delivery.set(_Delivery(portico, signal, arguments, exact, called))
            try:
                send = portico.send_isolated if isolated else portico.send
                results += originals(send(ANY if sender is Any else sender, **named))
            finally:
                _delivery.reset(token)
    return results


def _call(portico: Signal[...], signal: Value, *, for_any: bool) -> Call:
    capacity: Capacity | None = None

    def call(receiver: Callable[..., Value], sender: object, payload: dict[str, Value]) -> Value:
        nonlocal capacity
        delivery = _delivery.get()
        if delivery is None or delivery.portico is not portico:
            delivery = _Delivery(portico, signal, (), exact=False, called=set())  # Sent by Portico itself.
        key = receiver_key(receiver)
        if key in delivery.called or (delivery.exact and for_any and sender is not ANY):
            return SKIPPED
        delivery.called.add(key)
        token = _delivery.set(None)
        try:
            capacity = capacity or capacity_of(receiver)
            named = {"signal": delivery.signal, "sender": Any if sender is ANY else sender, **payload}
            return capacity.call(receiver, delivery.arguments, named)
        finally:
            _delivery.reset(token)

    return call


def _drop_unused() -> None:
    # Receivers may die and leave their signals behind. The more signals are in use, the more may be out of use.
    if len(_signals) >= _MANY and not len(_signals) & (len(_signals) - 1):
        for signal, portico in list(_signals.items()):
            if not portico.subscriptions:
                del _signals[signal]
