"""Ends a command on Ctrl-C at any moment, with one exit code and without a traceback."""

import os
import signal
import sys
from _thread import get_ident, start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from types import FrameType, TracebackType
from typing import NoReturn

INTERRUPTED = 130
WAKE_SECONDS = 0.02

_stopping = False
"""Whether a signal has begun to stop this process: what tidies up is not to be disturbed by a second one."""


def leave_on_interrupt() -> None:
    """Let Ctrl-C end the process at once, for a time in which there is nothing to tidy up: imports, the very end.

    What is raised in the middle of an import may be caught there, or shown. A process that ignores Ctrl-C, as one in
    the background does, goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)
    sys.excepthook = _show
    sys.unraisablehook = _raise_again


def raise_on_interrupt() -> None:
    """Let Ctrl-C raise `KeyboardInterrupt` from now on, as there is something to tidy up."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def left_on_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once in this block, if it raises around it: for what a command imports late."""
    is_raised = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_raised:
        signal.signal(signal.SIGINT, _leave)
    try:
        yield
    finally:
        if is_raised:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM raise `KeyboardInterrupt` in this block, once: nothing disturbs the tidying up."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _set_stopping(stopping=False)


def _stop(_number: int, _frame: FrameType | None) -> None:
    if not _stopping:
        _set_stopping(stopping=True)
        raise KeyboardInterrupt


def _set_stopping(*, stopping: bool) -> None:
    global _stopping  # noqa: PLW0603 - signals are the process's, and so is this
    _stopping = stopping


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(INTERRUPTED)


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__excepthook__(kind, error, traceback)


def _raise_again(ignored: "sys.UnraisableHookArgs") -> None:
    # Python cannot raise out of a finaliser, in which a signal may arrive as well as anywhere else.
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        _set_stopping(stopping=False)
        # From another thread, as it would arrive in here otherwise; a `Thread` would be waited for.
        start_new_thread(_interrupt_soon, (get_ident(),))
    else:
        sys.__unraisablehook__(ignored)


def _interrupt_soon(thread: int) -> None:
    # This runs as soon as the other thread begins to wait for something, and a moment before it really waits: only then
    # does a signal wake it.
    sleep(WAKE_SECONDS)
    signal.pthread_kill(thread, signal.SIGINT)
