"""Sends that are not plain: observed, isolated after the fact, with adapted or coroutine receivers.

The plain ones never come here: they run in the functions that `calls` generates.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from portico.errors import AsyncReceiverError
from portico.signals.failures import note_cycle, report_failure
from portico.signals.guard import Guard
from portico.signals.records import Outcome, ReceiverFailure
from portico.signals.registry import living

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import AbstractContextManager

    from portico.signals.plan import Plan
    from portico.signals.receivers import Receiver
    from portico.signals.signal import Signal
    from portico.signals.subscription import Subscription
    from portico.signals.taps import Recording


class Dispatch:
    """One send that is not plain.

    `passing` are the exceptions of receivers that leave the send, besides those that are never isolated: all of them,
    vetoes or none, by the signal's own policy or by what the host or an after-commit send makes of it.
    """

    __slots__ = ("_guarded", "_names", "_passing", "_payload", "_sender", "_signal", "plan", "recording")

    def __init__(
        self,
        signal: Signal[...],
        plan: Plan,
        sender: object,
        payload: dict[str, Any],
        *,
        passing: tuple[type[Exception], ...],
        recording: Recording | None,
        guarded: bool,
    ) -> None:
        self._signal, self.plan, self._sender, self._payload = signal, plan, sender, payload
        self._passing, self.recording, self._guarded = passing, recording, guarded
        self._names: Final = tuple(payload)

    def run(self) -> list[Outcome]:
        """Call the receivers in order, coroutine receivers to completion on the calling thread's runner.

        Raises:
            AsyncReceiverError: a coroutine receiver, an event loop running in this thread, and a raising signal.
        """
        in_loop = any(matching[0].is_coroutine for matching in self.plan.entries) and _loop_is_running()
        with self.recorded():
            if in_loop and issubclass(AsyncReceiverError, self._passing):
                raise self._refusal()  # Before calling anybody, as it would leave the send anyway.
            return [
                self.call(subscription, receiver, in_loop=in_loop)
                for subscription, receiver in living(self.plan.entries)
            ]

    def recorded(self) -> AbstractContextManager[object]:
        """Return the scope in which receivers are called: a recording if somebody taps."""
        return self.recording or nullcontext()

    def begin(self, subscription: Subscription, receiver: Receiver) -> Any:
        """Call a receiver as its signature asks; a coroutine function gives its coroutine."""
        return subscription.call_for(self._names)(receiver, self._sender, self._payload)

    def guard(self) -> Guard | None:
        """Return what compares the payload before and after a receiver, if the guard is on."""
        return Guard(self._signal, self._payload) if self._guarded else None

    def call(self, subscription: Subscription, receiver: Receiver, *, in_loop: bool) -> Outcome:
        """Call a receiver to its end."""
        clock = perf_counter()
        try:
            if subscription.is_coroutine and in_loop:
                raise self._refusal()  # noqa: TRY301 - isolated like anything else that this receiver fails with
            guard = self.guard()
            value = self.begin(subscription, receiver)
            if subscription.is_coroutine:
                value = _complete(value)
            if guard:
                guard.compare(subscription, receiver)
        except BaseException as error:  # noqa: BLE001 - `failed` isolates `Exception` only
            return self.failed(subscription, receiver, clock, error)
        return self.succeeded(subscription, receiver, clock, value)

    def succeeded(self, subscription: Subscription, receiver: Receiver, clock: float, value: object) -> Outcome:
        """Note what a receiver called at `clock` returned."""
        if self.recording:
            self.recording.received(receiver, subscription.owner, clock, value, None)
        return Outcome(receiver, value, failed=False)

    def failed(self, subscription: Subscription, receiver: Receiver, clock: float, error: BaseException) -> Outcome:
        """Isolate the failure of a receiver called at `clock` if the policy says so, else let it out."""
        if self.recording:
            self.recording.received(receiver, subscription.owner, clock, None, error)
        if isinstance(error, RecursionError):
            note_cycle(error, self._signal.label)
            raise error
        if not isinstance(error, Exception) or isinstance(error, self._passing):
            raise error
        report_failure(ReceiverFailure(self._signal, subscription, receiver, error))
        return Outcome(receiver, error, failed=True)

    def _refusal(self) -> AsyncReceiverError:
        return AsyncReceiverError(
            f"cannot run a coroutine receiver of {self._signal.label} from send() while the thread's event loop "
            "is running; use `await signal.send_async(...)`"
        )


def _loop_is_running() -> bool:
    # A loop can only run in a process that has imported asyncio, which we do not want to be the first to do.
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None  # noqa: SLF001 - made for such callers


def _complete(coroutine: Coroutine[Any, Any, Any]) -> Any:
    from portico.signals.runner import complete  # noqa: PLC0415 - imports asyncio

    return complete(coroutine)
