"""Completes coroutines where nobody can await them. Imported by the first `send` that meets a coroutine receiver."""

from __future__ import annotations

import asyncio
import atexit
import os
from contextvars import copy_context
from threading import local
from typing import TYPE_CHECKING, Any, Final

from portico.signals.serial import in_forked_child

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that a forked child lets go of without closing it.

    The child has a copy of the selector that acts on the parent's own: closing the loop there would take from the
    parent what wakes it up.
    """

    def __init__(self) -> None:
        super().__init__()
        self._process: Final = os.getpid()

    def __del__(self) -> None:
        if self._process == os.getpid():
            super().__del__()


class _Runner:
    """The event loop on which one thread's `send` completes coroutines; closed with the thread."""

    def __init__(self) -> None:
        self._process: Final = os.getpid()
        # With a factory, the runner leaves the thread's own notion of a current loop alone.
        self._runner: Final = asyncio.Runner(loop_factory=_Loop if hasattr(os, "fork") else asyncio.new_event_loop)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        # The caller's own context, so that the receiver sees the caller's request, scope and parent send.
        return self._runner.run(coroutine, context=copy_context())

    def __del__(self) -> None:
        # A forked child drops the runners of all its parent's threads, and has nothing to close.
        if self._process == os.getpid():
            self._runner.close()


_threads: Final = local()


@in_forked_child
@atexit.register
def _drop_runner() -> None:
    # A forked child makes its own. At exit, the main thread's goes before the interpreter takes asyncio apart.
    # Looked up here, not at import: any thread may be the first to need this module, and each has its own `__dict__`.
    _threads.__dict__.clear()


def complete(awaitable: Awaitable[Any]) -> Any:
    """Run a coroutine to its end on the calling thread's own runner, and return its value."""
    runner: _Runner | None = getattr(_threads, "runner", None)
    if runner is None:
        runner = _threads.runner = _Runner()
    # What is only marked as a coroutine function may return any awaitable.
    return runner.run(awaitable if asyncio.iscoroutine(awaitable) else _wait_for(awaitable))


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
