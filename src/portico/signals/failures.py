"""What becomes of a receiver's exception that does not leave `send`: a log record, and a word to who wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portico.signals.receivers import describe_receiver
from portico.signals.undo import Undoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.records import ReceiverFailure
    from portico.signals.undo import Undo

_CYCLE = "receivers sent each other's signals in a circle: "


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

    logging.getLogger("portico.signals").error(message, *arguments, exc_info=error)


def report_failure(failure: ReceiverFailure) -> None:
    """Log a failure and tell the observers."""
    log_exception(
        "receiver %s of %s failed in %s",
        describe_receiver(failure.receiver),
        f"plugin {failure.owner}" if failure.owner else "no plugin",
        failure.signal.label,
        error=failure.error,
    )
    for observer in list(_observers.values()):
        try:
            observer(failure)
        except RecursionError:
            raise  # Like a receiver's: an observer whose own sends fail and are observed again.
        except Exception as error:  # noqa: BLE001 - it watches; the send is none of its business
            log_exception("an observer of failures failed itself", error=error)


def note_cycle(error: RecursionError, label: str) -> None:
    """Add a signal to the note that says which signals went round.

    Every level of the recursion adds itself on the way up; each signal is named once.
    """
    notes: list[str] = getattr(error, "__notes__", [])
    for i, note in enumerate(notes):
        if note.startswith(_CYCLE):
            if label not in note.removeprefix(_CYCLE).split(", "):
                notes[i] = f"{note}, {label}"
            return
    error.add_note(_CYCLE + label)
