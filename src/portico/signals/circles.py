"""Finds out, when a receiver has failed, whether sends of its signal went round in a circle."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

    from portico.signals.signal import Signal

_NOTE: Final = "receivers sent each other's signals in a circle: "
_ROOM: Final = __name__.rpartition(".")[0]


def goes_round(error: RecursionError, signal: Signal[...]) -> bool:
    """Tell whether a send of the signal stands a second time on the stack, or in what the error came through.

    Isolating such an error would have every level begin the circle anew, which doubles the work at each of them.
    """
    first: int | None = None
    for frame in chain(_stack(sys._getframe(1)), _frames(error.__traceback__)):  # noqa: SLF001 - the only way to it
        send = _send_of(frame, signal)
        if send is not None and first is not None and send != first:
            return True
        first = first or send
    return False


def note_circle(error: RecursionError, label: str) -> None:
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


def _send_of(frame: FrameType, signal: Signal[...]) -> int | None:
    """Return the `id()` of the send of the signal whose receivers a frame calls; None for any other frame."""
    if not frame.f_globals.get("__name__", "").startswith(_ROOM):
        return None
    names = frame.f_locals
    # A `Dispatch` takes several frames for one send. In those of the generated loops, the results are there as soon
    # as they call receivers themselves.
    dispatch = names.get("self", names.get("dispatch"))
    if type(dispatch).__name__ == "Dispatch":
        return id(dispatch) if dispatch.signal is signal else None  # type: ignore[union-attr]
    plan = names.get("_portico_plan") if "_portico_results" in names else None
    return id(frame) if plan and plan.entries[0][0].signal is signal else None
