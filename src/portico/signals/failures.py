"""What becomes of a receiver's exception that does not leave `send`: a log record, and a word to who wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portico.signals.escaping import log_failure, one_line
from portico.signals.receivers import describe_receiver
from portico.signals.undo import Undoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.records import ReceiverFailure
    from portico.signals.undo import Undo

# By a key that is itself and no other, so that the same observer can be added twice.
_observers: Final[dict[object, Callable[[ReceiverFailure], object]]] = {}


def observe_failures(observer: Callable[[ReceiverFailure], object]) -> Undo:
    """Call `observer` for each isolated failure, in the thread and at the moment of the failure.

    Returns:
        What undoes it.
    """
    key = object()
    _observers[key] = observer

    @Undoing
    def undo() -> None:
        _observers.pop(key, None)

    return undo


def log_exception(message: str, *arguments: object, error: BaseException) -> None:
    """Log an exception that nobody else will see."""
    import logging  # noqa: PLC0415 - costs more to import than the whole engine, and most sends do not fail

    log_failure(logging.getLogger("portico.signals"), message, *arguments, error=error)


def report_failure(failure: ReceiverFailure) -> None:
    """Log a failure and tell the observers."""
    log_exception(
        "receiver %s of %s failed in %s",
        one_line(describe_receiver(failure.receiver)),
        f"plugin {failure.owner}" if failure.owner else "no plugin",
        one_line(failure.signal.label),
        error=failure.error,
    )
    tell_observers(failure)


def tell_observers(failure: ReceiverFailure) -> None:
    """Tell a failure to those who want to know."""
    for observer in list(_observers.values()):
        try:
            observer(failure)
        except RecursionError:
            raise  # Like a receiver's: an observer whose own sends fail and are observed again.
        except Exception as error:  # noqa: BLE001 - it watches; the send is none of its business
            log_exception("an observer of failures failed itself", error=error)
