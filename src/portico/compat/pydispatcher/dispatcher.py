"""The one dispatcher of a process, with PyDispatcher's interface: receivers, signals and senders are any objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from typing import Any as Value
from weakref import ReferenceType

from portico.compat.connecting import foreign_receivers
from portico.compat.foreign import foreign_of
from portico.compat.pydispatcher.dispatching import (
    Anonymous,
    Any,
    connect_receiver,
    connected_exactly,
    connection_key,
    dispatch,
    known_signals,
    portico_signal,
)
from portico.compat.pydispatcher.errors import DispatcherKeyError, DispatcherTypeError
from portico.compat.pydispatcher.saferef import BoundMethodWeakref, safeRef
from portico.signals import ANY, receiver_key

if TYPE_CHECKING:
    from portico.compat.foreign import Foreign
    from portico.signals import Receiver

    Raw = Receiver | ReferenceType[Receiver]
    Results = list[tuple[Receiver, Value]]

WEAKREF_TYPES: Final = (ReferenceType, BoundMethodWeakref)


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
        raise DispatcherKeyError(msg)
    foreign_receivers(portico).disconnect(connection_key(receiver, sender), ANY if sender is Any else sender)


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
    return dispatch(signal, sender, arguments, named)


def sendExact(signal: Value = Any, sender: Value = Anonymous, *arguments: Value, **named: Value) -> Results:
    """Send to the receivers that are connected to this very signal and this very sender."""
    return dispatch(signal, sender, arguments, named, exact=True)


def getReceivers(sender: Value = Any, signal: Value = Any) -> list[Raw]:
    """Return what is connected to this very signal and sender: receivers, and references to weak ones."""
    return [raw for foreign in connected_exactly(signal, sender) for raw in _raw(foreign)]


def liveReceivers(receivers: Iterable[Raw]) -> Iterator[Receiver]:
    """Iterate over the receivers behind what `getReceivers` returns; those that died meanwhile are left out."""
    for raw in receivers:
        receiver = raw() if isinstance(raw, ReferenceType) else raw
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


class Connections(Mapping[Value, dict[Value, "list[Raw]"]]):
    """Who is connected, by `id()` of the sender (a string or number: by itself) and by signal. A view, made anew."""

    def __getitem__(self, sender: Value) -> dict[Value, list[Raw]]:
        return self._all()[sender]

    def __iter__(self) -> Iterator[Value]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[Value, dict[Value, list[Raw]]]:
        found: dict[Value, dict[Value, list[Raw]]] = {}
        for signal, portico in known_signals():
            for subscription in portico.subscriptions:
                foreign = foreign_of(subscription.receiver)
                sender = id(Any) if subscription.sender_key is ANY else subscription.sender_key
                for raw in _raw(foreign) if foreign else ():
                    found.setdefault(sender, {}).setdefault(signal, []).append(raw)
        return found


connections: Final = Connections()


def _raw(foreign: Foreign) -> Iterator[Raw]:
    receiver = foreign.reference()
    if receiver is not None:
        yield safeRef(receiver) if foreign.weak else receiver


def _require_signal(signal: Value) -> None:
    if signal is None:
        raise DispatcherTypeError("None is no signal; connect to Any for every signal")
