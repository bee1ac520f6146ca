"""Decides what becomes of a receiver's exception: it leaves the send, or is reported while the others go on."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from portico.errors import PorticoError
from portico.signals.receivers import describe_receiver, function_of, receiver_key
from portico.signals.watching import ReceiverFailure, report_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, TracebackType

    from portico.signals.any_signal import AnySignal
    from portico.signals.plan import Plan
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription


_NOTE: Final = "receivers sent each other's signals in a circle: "
_HOUSE: Final = __name__.partition(".")[0]


class Walk:
    """What calls the receivers of one send. Each function that does so for it has it as `self` or `dispatch`."""

    __slots__ = ()

    signal: AnySignal


def is_failure(error: BaseException) -> bool:
    """Tell whether an exception is a failure of the code that raised it, rather than a word to the whole process.

    A failure is an `Exception`, or a `SystemExit`, unless a signal handler of the process raised that: servers stop
    their workers so.
    """
    return isinstance(error, Exception) or (isinstance(error, SystemExit) and not _is_from_handler(error))


def leaves(
    subscription: Subscription,
    receiver: Receiver,
    error: BaseException,
    *,
    always: bool = False,
    report: Callable[[ReceiverFailure], object] = report_failure,
) -> bool:
    """Tell whether an exception of a receiver leaves the send; report it if not.

    Args:
        subscription: the one at whose place the receiver was called.
        receiver: what was called.
        error: what it raised.
        always: isolate every failure, whatever the signal says.
        report: what is told of a failure that does not leave the send.
    """
    signal = subscription.signal
    if isinstance(error, RecursionError) and _goes_round(error, signal):
        _note_circle(error, signal.label)
        return True
    isolated = always or (subscription.isolated and not isinstance(error, signal.passing))
    if isolated and is_failure(error):
        report(ReceiverFailure(signal, subscription, receiver, error))
        return False
    _say_whose(error, subscription, receiver)
    return True


def leaves_plan(plan: Plan, receiver: Receiver, error: BaseException, results: list[tuple[Receiver, Any]]) -> bool:
    """Do what `leaves` does for a receiver of a plan, and add to the results what stands for the failure there."""
    key = receiver_key(receiver)
    matching = next(entry for entry in plan.entries if entry[0]._receiver_key == key)
    # It was called at the place of the first that is connected; it may have disconnected itself meanwhile.
    subscription = next((each for each in matching if each.connected), matching[0])
    if leaves(subscription, receiver, error):
        return True
    if subscription.signal.isolates_everyone:
        results.append((receiver, error))
    return False


def _say_whose(error: BaseException, subscription: Subscription, receiver: Receiver) -> None:
    whose = f" of plugin {subscription.owner}" if subscription.owner else ""
    note = f"raised by receiver {describe_receiver(receiver)}{whose} of {subscription.signal.label}"
    if note not in getattr(error, "__notes__", ()):  # One object may be raised again and again.
        error.add_note(note)
    if isinstance(error, PorticoError):
        error.about(signal=subscription.signal, receiver=receiver, plugin=subscription.owner)


def _is_from_handler(error: BaseException) -> bool:
    import signal  # noqa: PLC0415 - only a failure needs it

    handlers = [function_of(signal.getsignal(number)) for number in signal.valid_signals()]
    codes: list[CodeType] = [handler.__code__ for handler in handlers if handler is not None]
    traceback = error.__traceback__
    while traceback is not None:
        if any(traceback.tb_frame.f_code is code for code in codes):
            return True
        traceback = traceback.tb_next
    return False


def _goes_round(error: RecursionError, signal: AnySignal) -> bool:
    """Tell whether a send of the signal stands a second time on the stack, or in what the error came through.

    Isolating such an error would have every level begin the circle anew, which doubles the work at each of them.
    """
    first: int | None = None
    for frame in chain(_stack(sys._getframe(1)), _frames(error.__traceback__)):
        send = _send_of(frame, signal)
        if send is not None and first is not None and send != first:
            return True
        first = first or send
    return False


def _note_circle(error: RecursionError, label: str) -> None:
    """Add a signal to the note that says which signals went round.

    Every level of the recursion adds itself on the way up; each signal is named once.
    """
    notes: list[str] = getattr(error, "__notes__", [])
    for i, note in enumerate(notes):
        if note.startswith(_NOTE):
            if label not in note.removeprefix(_NOTE).split(", "):
                notes[i] = f"{note}, {label}"
            return
    error.add_note(_NOTE + label)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _send_of(frame: FrameType, signal: AnySignal) -> int | None:
    """Return the `id()` of the send of the signal whose receivers a frame calls; None for any other frame."""
    if not frame.f_globals.get("__name__", "").startswith(_HOUSE):
        return None
    names = frame.f_locals
    # A `Walk` takes several frames for one send. In those of the generated loops, the results are there as soon
    # as they call receivers themselves.
    for name in ("dispatch", "self"):
        walk = names.get(name)
        if isinstance(walk, Walk):
            return id(walk) if walk.signal is signal else None
    plan = names.get("_portico_plan") if "_portico_results" in names else None
    return id(frame) if plan and plan.entries[0][0].signal is signal else None
