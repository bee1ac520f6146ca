"""Sends that are awaited, one coroutine receiver after another or side by side. Imported by the first such send."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any

from portico.signals.receivers import is_awaitable
from portico.signals.records import Outcome
from portico.signals.registry import living

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from portico.signals.dispatch import Dispatch
    from portico.signals.guard import Guard
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription


async def run_in_sequence(dispatch: Dispatch) -> list[Outcome]:
    """Call the receivers in order, awaiting each coroutine before the next receiver."""
    with dispatch.recorded():
        return [
            await _await(dispatch, subscription, receiver, dispatch.guard())
            for subscription, receiver in living(dispatch.plan.entries)
        ]


async def run_concurrently(dispatch: Dispatch) -> list[Outcome]:
    """Call the receivers in order; coroutines run side by side, and are all over when this returns.

    The guard does not watch them: side by side, nobody can tell who changed what.
    """
    tasks: list[asyncio.Task[Outcome]] = []
    outcomes: list[Outcome | asyncio.Task[Outcome]] = []
    with dispatch.recorded():
        try:
            for subscription, receiver in living(dispatch.plan.entries):
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
    dispatch: Dispatch, subscription: Subscription, receiver: Receiver, guard: Guard | None = None
) -> Outcome:
    clock = perf_counter()
    try:
        value = dispatch.begin(subscription, receiver)
        # A plain function that returns a coroutine (a lambda around one) means it to be awaited.
        if asyncio.iscoroutine(value) or (subscription.is_coroutine and is_awaitable(value)):
            value = await value
        if guard:
            guard.compare(subscription, receiver)
    except BaseException as error:
        outcome = dispatch.failed(subscription, receiver, clock, error)
        if outcome is None:
            raise
        return outcome
    return dispatch.succeeded(subscription, receiver, clock, value)


def _begin(
    dispatch: Dispatch, subscription: Subscription, receiver: Receiver
) -> Outcome | Coroutine[Any, Any, Outcome]:
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
    dispatch: Dispatch, subscription: Subscription, receiver: Receiver, clock: float, awaitable: Awaitable[Any]
) -> Outcome:
    try:
        value = await awaitable
    except BaseException as error:
        outcome = dispatch.failed(subscription, receiver, clock, error)
        if outcome is None:
            raise
        return outcome
    return dispatch.succeeded(subscription, receiver, clock, value)
