"""Awaits coroutine receivers, in order or side by side, and completes them where nobody can await.

Imported by the first send that meets one, because it imports asyncio.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from contextvars import copy_context
from threading import local
from time import perf_counter
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Final, Protocol

from portico.signals.serial import in_forked_child
from portico.signals.watching import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterator
    from contextlib import AbstractContextManager

    from portico.signals.payload_guard import PayloadGuard
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription


class Walked(Protocol):
    """What this asks of the send whose receivers it calls, which is a `Dispatch`."""

    def living(self) -> Iterator[tuple[Subscription, Receiver]]:
        """Iterate over whom it calls, each with the subscription at whose place it is called."""

    def recorded(self) -> AbstractContextManager[object]:
        """Return the scope in which receivers are called."""

    def guard(self) -> PayloadGuard | None:
        """Return what compares the payload before and after a receiver, if the guard is on."""

    def begin(self, subscription: Subscription, receiver: Receiver) -> Any:
        """Call a receiver; a coroutine function gives its coroutine."""

    def succeeded(self, subscription: Subscription, receiver: Receiver, clock: float, value: object) -> Outcome:
        """Note what a receiver called at `clock` returned."""

    def failed(
        self, subscription: Subscription, receiver: Receiver, clock: float, error: BaseException
    ) -> Outcome | None:
        """Note what a receiver called at `clock` raised; None if that leaves the send."""


async def run_in_sequence(dispatch: Walked) -> list[Outcome]:
    """Call the receivers in order, awaiting each coroutine before the next receiver."""
    with dispatch.recorded():
        return [
            await _await(dispatch, subscription, receiver, dispatch.guard())
            for subscription, receiver in dispatch.living()
        ]


async def run_concurrently(dispatch: Walked) -> list[Outcome]:
    """Call the receivers in order; coroutines run side by side, and are all over when this returns.

    The guard does not watch them: side by side, nobody can tell who changed what.
    """
    tasks: list[asyncio.Task[Outcome]] = []
    outcomes: list[Outcome | asyncio.Task[Outcome]] = []
    with dispatch.recorded():
        try:
            for subscription, receiver in dispatch.living():
                begin = _await if subscription.is_coroutine else _begin
                begun = begin(dispatch, subscription, receiver)
                if isinstance(begun, Outcome):
                    outcomes.append(begun)
                else:
                    tasks.append(asyncio.create_task(begun))
                    outcomes.append(tasks[-1])
            await asyncio.gather(*tasks)
        except BaseException:
            # Nothing that this send began outlives it.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        return [outcome if isinstance(outcome, Outcome) else outcome.result() for outcome in outcomes]


async def _await(
    dispatch: Walked, subscription: Subscription, receiver: Receiver, guard: PayloadGuard | None = None
) -> Outcome:
    clock = perf_counter()
    try:
        value = dispatch.begin(subscription, receiver)
        # A plain function that returns a coroutine (a lambda around one) means it to be awaited.
        if asyncio.iscoroutine(value) or (subscription.is_coroutine and _is_awaitable(value)):
            value = await value
        if guard:
            guard.compare(subscription, receiver)
    except BaseException as error:
        outcome = dispatch.failed(subscription, receiver, clock, error)
        if outcome is None:
            raise
        return outcome
    return dispatch.succeeded(subscription, receiver, clock, value)


def _begin(dispatch: Walked, subscription: Subscription, receiver: Receiver) -> Outcome | Coroutine[Any, Any, Outcome]:
    """Do what `_await` does, but call the receiver now, and return what is left to be awaited, if anything is."""
    clock = perf_counter()
    try:
        value = dispatch.begin(subscription, receiver)
    except BaseException as error:
        outcome = dispatch.failed(subscription, receiver, clock, error)
        if outcome is None:
            raise
        return outcome
    if asyncio.iscoroutine(value):
        return _finish(dispatch, subscription, receiver, clock, value)
    return dispatch.succeeded(subscription, receiver, clock, value)


async def _finish(
    dispatch: Walked, subscription: Subscription, receiver: Receiver, clock: float, awaitable: Awaitable[Any]
) -> Outcome:
    try:
        value = await awaitable
    except BaseException as error:
        outcome = dispatch.failed(subscription, receiver, clock, error)
        if outcome is None:
            raise
        return outcome
    return dispatch.succeeded(subscription, receiver, clock, value)


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


_ITERABLE_COROUTINE: Final = 0x100
_threads: Final = local()


@in_forked_child
@atexit.register
def _drop_runner() -> None:
    # A forked child makes its own. At exit, the main thread's goes before the interpreter takes asyncio apart.
    # Looked up here, not at import: any thread may be the first to need this module, and each has its own `__dict__`.
    _threads.__dict__.clear()


def complete(value: Any) -> Any:
    """Run what a coroutine receiver gave to its end, on this thread's own runner, and return what comes of it."""
    if not _is_awaitable(value):
        return value
    runner: _Runner | None = getattr(_threads, "runner", None)
    if runner is None:
        runner = _threads.runner = _Runner()
    # What is only marked as a coroutine function may return any awaitable.
    return runner.run(value if asyncio.iscoroutine(value) else _wait_for(value))


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _is_awaitable(value: object) -> bool:
    if type(value) is GeneratorType:
        return bool(value.gi_code.co_flags & _ITERABLE_COROUTINE)
    return hasattr(type(value), "__await__")
