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
_HOUSE: Final = __name__.partition(".")[0]


class Walk:
    """What calls the receivers of one send. Each function that does so for it has it as `self` or `dispatch`."""

    __slots__ = ()

    signal: Signal[...]


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
