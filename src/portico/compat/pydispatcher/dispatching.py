"""Finds the Portico signals that stand for one of PyDispatcher's, and sends through them.

A PyDispatcher signal is any hashable object. Each that somebody is connected to has a Portico signal; so has `Any`,
whose receivers hear every send. A send therefore is two: one of the signal's own, one of `Any`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from typing import Any as Value

from portico.compat.connecting import facade_receivers
from portico.compat.pydispatcher.robustapply import robustApply
from portico.compat.turns import begin
from portico.signals import ANY, Mutex, Signal, receiver_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from portico.compat.facade_receiver import Call, FacadeReceiver, Key
    from portico.compat.turns import QuickTurns, Turns
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


_signals: Final[dict[Value, Signal[...]]] = {}
_changing: Final = Mutex()
_MANY: Final = 256
STYLE: Final = "pydispatcher"


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
        facade_receivers(portico).connect(
            connection_key(receiver, sender),
            receiver,
            _call(signal),
            sender=ANY if sender is Any else sender,
            weak=weak,
        )


def connection_key(receiver: object, sender: object) -> Key:
    """Return what a receiver is known by: as one for any sender, and as one for certain ones."""
    return (STYLE, receiver_key(receiver), sender is Any)


def connected_exactly(signal: Value, sender: object) -> Iterator[FacadeReceiver]:
    """Iterate over what is connected to this very signal and sender; `Any` is one like the others here."""
    portico = portico_signal(signal)
    if portico is not None:
        for each in facade_receivers(portico).connected_for(ANY if sender is Any else sender):
            if each.key == connection_key(each.reference(), sender):
                yield each


def dispatches(
    signal: Value, sender: object, named: dict[str, Value], *, exact: bool = False, isolated: bool = False
) -> Iterator[Turns | QuickTurns]:
    """Iterate over the sends of Portico's that a send is: one of the signal, and one of `Any` signal unless `exact`."""
    for heard in (signal,) if exact or signal is Any else (signal, Any):
        portico = portico_signal(heard)
        if portico is not None:
            dispatch = begin(portico, ANY if sender is Any else sender, named, isolated=isolated)
            if dispatch is not None:
                yield dispatch


def turns(
    dispatch: Turns | QuickTurns, sender: object, called: set[Hashable], *, exact: bool = False
) -> Iterator[Receiver]:
    """Iterate over the receivers to be called, each once in all of a send.

    Args:
        dispatch: one part of the send.
        sender: the sender.
        called: the receivers that were called, in whichever part. It is added to.
        exact: leave out those that are connected to `Any` sender, unless that is the sender.
    """
    for receiver in dispatch.turns(STYLE):
        key = receiver_key(receiver)
        own = dispatch.facade_receiver
        connected_to_any = own is not None and own.key == connection_key(receiver, Any)
        if key not in called and not (exact and connected_to_any and sender is not Any):
            called.add(key)
            yield receiver


def _call(signal: Value) -> Call:
    """Return how a receiver is called when Portico itself, or another façade, sends."""

    def call(receiver: Receiver, sender: object, payload: dict[str, Value]) -> Value:
        return robustApply(receiver, **{"signal": signal, "sender": Any if sender is ANY else sender, **payload})

    return call


def _drop_unused() -> None:
    # Receivers may die and leave their signals behind. The more signals are in use, the more may be out of use.
    if len(_signals) >= _MANY and not len(_signals) & (len(_signals) - 1):
        for signal, portico in list(_signals.items()):
            if not portico.subscriptions:
                del _signals[signal]
