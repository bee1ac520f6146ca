"""Interrupts what is done with a database at a statement of one's choice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


class InterruptedHereError(Exception):
    """The statement that was waited for was to come next."""


@contextmanager
def interrupted_at(engine: Engine, number: int) -> Iterator[None]:
    """Let that many statements pass, and no other one."""
    left = number

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal left
        if "RELEASE_LOCK" in statement:
            return  # A server does that itself when a connection ends.
        if left == 0:
            raise InterruptedHereError
        left -= 1

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)
