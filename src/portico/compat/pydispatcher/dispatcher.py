"""Connects and sends with PyDispatcher's interface: receivers, signals and senders are any objects."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final
from typing import Any as Value

from portico.compat.connecting import facade_receivers
from portico.compat.connections import behind
from portico.compat.pydispatcher import errors, robustapply, saferef
from portico.compat.pydispatcher.dispatching import (
    Anonymous,
    Any,
    connect_receiver,
    connected_exactly,
    connection_key,
    dispatches,
    portico_signal,
    turns,
)
from portico.compat.pydispatcher.tables import connections, raw_of, senders, sendersBack
from portico.signals import ANY, receiver_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from portico.compat.connections import Raw
    from portico.signals import Receiver

    Results = list[tuple[Receiver, Value]]

# What their star import gives, the modules too.
__all__ = [
    "WEAKREF_TYPES",
    "Anonymous",
    "Any",
    "connect",
    "connections",
    "disconnect",
    "errors",
    "getAllReceivers",
    "getReceivers",
    "liveReceivers",
    "robustapply",
    "saferef",
    "send",
    "sendExact",
    "senders",
    "sendersBack",
    "weakref",
]

WEAKREF_TYPES: Final = (weakref.ReferenceType, saferef.BoundMethodWeakref)


def connect(receiver: Receiver, signal: Value = Any, sender: Value = Any, weak: bool = True) -> None:
    """Connect a receiver, to be called with as much of a send as it can take.

    Args:
        receiver: any callable that has a signature.
        signal: any hashable object but None; `Any` for every signal.
        sender: any object; `Any` for every sender, `Anonymous` for sends without one.
        weak: whether the receiver may die. A function that nothing else holds does, at once.

    Raises:
        DispatcherTypeError: the signal is None.
        TypeError: the receiver was to be weak, and cannot be weakly referenced.
    """
    _require_signal(signal)
    connect_receiver(receiver, signal, sender, weak=weak)


def disconnect(
    receiver: Receiver,
    signal: Value = Any,
    sender: Value = Any,
    weak: bool = True,  # noqa: ARG001 - theirs
) -> None:
    """Disconnect a receiver from the signal and sender that it was connected to, however it was.

    Raises:
        DispatcherTypeError: the signal is None.
        DispatcherKeyError: nobody is connected to that signal and sender.
    """
    _require_signal(signal)
    portico = portico_signal(signal)
    if portico is None or not getReceivers(sender, signal):
        msg = f"nobody is connected to signal {signal!r} from sender {sender!r}"
        raise errors.DispatcherKeyError(msg)
    facade_receivers(portico).disconnect(connection_key(receiver, sender), ANY if sender is Any else sender)


def send(signal: Value = Any, sender: Value = Anonymous, *arguments: Value, **named: Value) -> Results:
    """Call the receivers of a signal, and those of `Any` signal, that are connected to this sender or `Any`.

    Args:
        signal: what is sent; `Any` for the receivers of `Any` signal only.
        sender: who sends; `Any` for the receivers of `Any` sender only.
        *arguments: passed to all receivers by position.
        **named: passed to each receiver that has a parameter for them, as are `signal` and `sender`.

    Returns:
        `(receiver, response)` of each, in the order of calling.

    Raises:
        Exception: what a receiver raised.
    """
    results: Results = []
    called: set[Hashable] = set()
    for dispatch in dispatches(signal, sender, named):
        with dispatch:
            for receiver in turns(dispatch, sender, called):
                try:
                    given = {"signal": signal, "sender": sender, **dispatch.payload}
                    dispatch.returned(robustapply.robustApply(receiver, *arguments, **given))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        results += dispatch.originals()
    return results


def sendExact(signal: Value = Any, sender: Value = Anonymous, *arguments: Value, **named: Value) -> Results:
    """Send to the receivers that are connected to this very signal and this very sender."""
    results: Results = []
    called: set[Hashable] = set()
    for dispatch in dispatches(signal, sender, named, exact=True):
        with dispatch:
            for receiver in turns(dispatch, sender, called, exact=True):
                try:
                    given = {"signal": signal, "sender": sender, **dispatch.payload}
                    dispatch.returned(robustapply.robustApply(receiver, *arguments, **given))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        results += dispatch.originals()
    return results


def getReceivers(sender: Value = Any, signal: Value = Any) -> list[Raw]:
    """Return what is connected to this very signal and sender: receivers, and references to weak ones."""
    found = map(raw_of, connected_exactly(signal, sender))
    return [raw for raw in found if raw is not None]


def liveReceivers(receivers: Iterable[Raw]) -> Iterator[Receiver]:
    """Iterate over the receivers behind what `getReceivers` returns; those that died meanwhile are left out."""
    for raw in receivers:
        receiver = behind(raw)
        if receiver is not None:
            yield receiver


def getAllReceivers(sender: Value = Any, signal: Value = Any) -> Iterator[Raw]:
    """Iterate over what a send of that signal from that sender would call, each once; as `getReceivers` returns it."""
    seen = set()
    for pair in ((sender, signal), (sender, Any), (Any, signal), (Any, Any)):
        for raw in getReceivers(*pair):
            for receiver in liveReceivers([raw]):
                if receiver_key(receiver) not in seen:
                    seen.add(receiver_key(receiver))
                    yield raw


def _require_signal(signal: Value) -> None:
    if signal is None:
        raise errors.DispatcherTypeError("None is no signal; connect to Any for every signal")
