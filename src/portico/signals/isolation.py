"""Decides what becomes of a receiver's exception: it leaves the send, or is reported while the others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portico.errors import PorticoError
from portico.signals.circles import goes_round, note_circle
from portico.signals.declaration import ISOLATE
from portico.signals.failures import report_failure
from portico.signals.receivers import describe_receiver, function_of, receiver_key
from portico.signals.records import ReceiverFailure

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from portico.signals.plan import Plan
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription


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
    if isinstance(error, RecursionError) and goes_round(error, signal):
        note_circle(error, signal.label)
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
    matching = next(entry for entry in plan.entries if entry[0].receiver_key == key)
    # It was called at the place of the first that is connected; it may have disconnected itself meanwhile.
    subscription = next((each for each in matching if each.connected), matching[0])
    if leaves(subscription, receiver, error):
        return True
    if subscription.signal.policy == ISOLATE:
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
