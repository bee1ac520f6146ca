"""Finds the code that connects a receiver, or the receiver's own, and gives warnings at its line."""

from __future__ import annotations

import sys
from _thread import _local  # `threading` costs more to import than it offers here
from typing import TYPE_CHECKING, Any, Final
from warnings import warn_explicit

from portico.errors import LostReceiverWarning

if TYPE_CHECKING:
    from types import FrameType
    from weakref import ref

# Whose frames stand between `connect` and the code that wanted it: ours, and the generators behind `with` blocks.
_BETWEEN: Final = ("portico.signals.", "portico.compat.", "contextlib")

_OPTIMIZED: Final = 0x01

_thread: Final = _local()


def calling_frame() -> FrameType:
    """Return the innermost frame outside of the engine and the façades."""
    frame = sys._getframe(1)  # noqa: SLF001 - no caller would say who it is
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_BETWEEN):
        frame = frame.f_back
    return frame


def runs_module_body(frame: FrameType) -> bool:
    """Tell whether a frame runs the body of its module, or what that calls, so that it will be run with it again."""
    names = frame.f_globals
    around: FrameType | None = frame
    while around is not None:
        if around.f_globals is names and not around.f_code.co_flags & _OPTIMIZED:
            return True
        around = around.f_back
    return False


def warn_at(frame: FrameType, message: str, category: type[Warning]) -> None:
    """Give a warning at the line that a frame is in."""
    known = frame.f_globals
    warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=known.get("__name__"),
        registry=known.setdefault("__warningregistry__", {}),
    )


def warn_at_receiver(receiver: Any, message: str, category: type[Warning]) -> None:
    """Give a warning at a receiver's own lines."""
    while hasattr(receiver, "__func__") or hasattr(receiver, "func"):
        receiver = getattr(receiver, "__func__", None) or receiver.func
    code = getattr(receiver, "__code__", None)
    filename, line = (code.co_filename, code.co_firstlineno) if code else ("<unknown>", 1)
    warn_explicit(message, category, filename, line)


def warn_deprecated(frame: FrameType, receiver: Any, message: str) -> None:
    """Warn where a receiver is connected; where Portico does that for a plugin, at the receiver's own lines."""
    if str(frame.f_globals.get("__name__")).startswith("portico."):
        warn_at_receiver(receiver, message, DeprecationWarning)
    else:
        warn_at(frame, message, DeprecationWarning)


def runs_class_body(frame: FrameType) -> bool:
    """Tell whether a frame runs the body of a class."""
    # Bodies of classes and modules keep their names in a dict, and a class's has its qualified name among them.
    return not frame.f_code.co_flags & _OPTIMIZED and "__qualname__" in frame.f_locals


def remember_weak(frame: FrameType, references: dict[int, str]) -> None:
    """Remember which references, by `id()`, this thread has made for this line, and what to say if they die in it."""
    # Numbers, not the objects: whatever is kept here is kept alive until this thread connects again.
    _thread.connected = (id(frame), frame.f_lineno, references)


def warn_if_lost(dead: ref[Any]) -> None:
    """Warn if an object died in the line of this thread that has connected it: nothing else ever held it.

    Called from the reference's own callback. Where warnings are errors, it can only reach `sys.unraisablehook`.
    """
    connected = getattr(_thread, "connected", None)
    if connected is not None:
        number, line, references = connected
        frame = calling_frame()
        if (number, line) == (id(frame), frame.f_lineno) and id(dead) in references:
            warn_at(frame, references.pop(id(dead)), LostReceiverWarning)
