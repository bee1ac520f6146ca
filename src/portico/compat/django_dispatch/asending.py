"""Runs the receivers of an `asend` as Django does: plain ones in a thread, coroutine receivers side by side.

The engine dispatches, one receiver after another. The first coroutine receiver whose turn comes begins all of them.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from portico.compat.django_dispatch.robust import RobustTurns
from portico.compat.facade_receiver import SKIPPED, originals
from portico.signals import Dispatch, receiver_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterator

    from portico.compat.connecting import FacadeReceivers
    from portico.compat.facade_receiver import Call
    from portico.signals import Receiver, Signal


class Asend:
    """One `asend` under way. It is `under_way` for those who call receivers, and not while a receiver runs."""

    def __init__(
        self,
        receivers: FacadeReceivers,
        sender: object,
        payload: dict[str, Any],
        replacements: dict[Hashable, Receiver] | None,
        *,
        robust: bool = False,
    ) -> None:
        self.signal: Final[Signal[...]] = receivers.signal
        self._sender, self._payload = self.signal.check(sender, **payload)
        self._kind, self._robust = (RobustTurns if robust else Dispatch), robust
        self._replacements = replacements
        waiting = (each for each in receivers.connected_for(sender) if each.is_coroutine)
        self._waiting = [(each.call, target) for each in waiting if (target := each.reference()) is not None]
        self._tasks: dict[Call, asyncio.Task[Any]] = {}

    async def run(self) -> list[tuple[Receiver, Any]]:
        """Send, and return the results when all of it is over."""
        try:
            with _asending(self):
                dispatch = self.signal.dispatch(self._kind, self._sender, self._payload, isolated=self._robust)
                return originals(dispatch.results(await dispatch.run_async()))
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def plain(self, receiver: Receiver, call: Callable[[Receiver], Any]) -> Any:
        """Call a plain receiver in a thread, or what stands for it, and return its value."""
        called = receiver if self._replacements is None else self._replacements.get(receiver_key(receiver))
        if called is None:
            return SKIPPED
        # Django's own threads where there are any: its database connections belong to threads.
        asgiref = sys.modules.get("asgiref.sync")
        in_thread = asgiref.sync_to_async(call)(called) if asgiref else asyncio.to_thread(call, called)
        return await self._outcome(in_thread)

    async def coroutine(self, receiver: Receiver, call: Call) -> Any:
        """Begin all coroutine receivers, unless that is done; return the value of this one."""
        # Its own is among them, unless it was connected this very moment, in another thread.
        waiting, self._waiting = [*self._waiting, (call, receiver)], []
        with _asending(None):
            for each, target in waiting:
                if each not in self._tasks:
                    self._tasks[each] = asyncio.ensure_future(each(target, self._sender, self._payload))
        return await self._outcome(self._tasks[call])

    async def _outcome(self, value: Awaitable[Any]) -> Any:
        with _asending(None):
            return await value


under_way: Final[ContextVar[Asend | None]] = ContextVar("portico_django_asend", default=None)
"""The `asend` that is calling its receivers. What others send meanwhile is no business of it: see its `signal`."""


@contextmanager
def _asending(asend: Asend | None) -> Iterator[None]:
    token = under_way.set(asend)
    try:
        yield
    finally:
        with suppress(ValueError):  # A coroutine that is thrown away half done ends in some other context.
            under_way.reset(token)
