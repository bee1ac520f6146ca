"""Lets a process look at an application without putting its plugins to work: a switch of the whole process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from portico.errors import HostError
from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Iterator

_changing: Final = Mutex()
_depth = 0
"""How many blocks of `looking` this process is in."""


@contextmanager
def looking() -> Iterator[None]:
    """Let hosts that are opened in this block be looked at only; enter it before the application is imported.

    `open()` and `init_app()` then enable, import and connect nothing, and neither write to the store nor report to it.
    `current_host()` and `app.extensions["portico"]` are there, `is_open` is False, and `plugins.list()` says what the
    store asks for and what the processes of the application report. Whatever would put a plugin to work raises
    `HostError`, and so does a request. A host that was open before goes on as it was.

    The application's own code runs as ever, factories and all.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def is_looking() -> bool:
    """Tell whether this process is in a block of `looking`."""
    return _depth > 0


def refuse_while_looking(what: str) -> None:
    """Check that plugins may be put to work here.

    Args:
        what: what is about to be done: `enable 'audit'`.

    Raises:
        HostError: this process only looks.
    """
    if is_looking():
        msg = f"cannot {what}: this process only looks at the application, in which no plugin is at work"
        raise HostError(msg)


def _count(change: int) -> None:
    global _depth  # noqa: PLW0603 - the switch is the process's, and so is this
    with _changing:
        _depth += change
