"""Calls the receivers of sends that are not plain: watched, isolated always, with adapted or coroutine receivers.

The plain ones never come here: they run in the functions that `generated` writes.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from portico.errors import AsyncReceiverError
from portico.signals.isolation import Walk, leaves
from portico.signals.payload_guard import PayloadGuard
from portico.signals.plan import living
from portico.signals.receivers import describe_receiver
from portico.signals.watching import Outcome, report_failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from portico.signals.any_signal import AnySignal
    from portico.signals.plan import Plan, Results
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription
    from portico.signals.watching import ReceiverFailure, Recording


class Dispatch(Walk):
    """One send that is not plain. With `isolated`, it isolates every failure whatever the signal says."""

    __slots__ = ("_guarded", "_isolated", "_names", "_payload", "_sender", "plan", "recording", "signal")

    def __init__(
        self,
        signal: AnySignal,
        plan: Plan,
        sender: object,
        payload: dict[str, Any],
        *,
        isolated: bool,
        recording: Recording | None,
        guarded: bool,
    ) -> None:
        self.signal, self.plan, self._sender, self._payload = signal, plan, sender, payload
        self._isolated, self.recording, self._guarded = isolated, recording, guarded
        self._names: Final = tuple(payload)

    def run(self) -> list[Outcome]:
        """Call the receivers in order, coroutine receivers to completion on the calling thread's runner.

        Raises:
            AsyncReceiverError: a coroutine receiver whose exceptions leave the send, and an event loop running in this
                thread.
        """
        with self.recorded():
            in_loop = self.in_loop()
            return [self.call(subscription, receiver, in_loop=in_loop) for subscription, receiver in self.living()]

    def living(self) -> Iterator[tuple[Subscription, Receiver]]:
        """Iterate over whom it calls, each with the subscription at whose place it is called."""
        return living(self.plan.entries)

    def in_loop(self) -> bool:
        """Tell whether coroutine receivers would have to run inside this thread's event loop, which they cannot.

        Raises:
            AsyncReceiverError: as `run` does.
        """
        coroutines = [each for each in self.living() if each[0].is_coroutine]
        if not coroutines or not _loop_is_running():
            return False
        self._refuse_early(coroutines)
        return True

    async def run_async(self, *, concurrent: bool = False) -> list[Outcome]:
        """Call the receivers in order, awaiting coroutine receivers, one after another or side by side."""
        from portico.signals.asynchronous import run_concurrently, run_in_sequence  # noqa: PLC0415 - imports asyncio

        return await (run_concurrently(self) if concurrent else run_in_sequence(self))

    def report(self, failure: ReceiverFailure) -> None:
        """Take note of a failure that does not leave the send."""
        report_failure(failure)

    def recorded(self) -> AbstractContextManager[object]:
        """Return the scope in which receivers are called: a recording if somebody taps."""
        return self.recording or nullcontext()

    def begin(self, subscription: Subscription, receiver: Receiver) -> Any:
        """Call a receiver as its signature asks; a coroutine function gives its coroutine."""
        return subscription._call_for(self._names)(receiver, self._sender, self._payload)

    def guard(self) -> PayloadGuard | None:
        """Return what compares the payload before and after a receiver, if the guard is on."""
        return PayloadGuard(self.signal, self._payload) if self._guarded else None

    def call(self, subscription: Subscription, receiver: Receiver, *, in_loop: bool) -> Outcome:
        """Call a receiver to its end."""
        clock = perf_counter()
        try:
            if subscription.is_coroutine and in_loop:
                raise self._refusal(subscription, receiver)  # noqa: TRY301 - isolated like anything else that this receiver fails with
            guard = self.guard()
            value = self.begin(subscription, receiver)
            if subscription.is_coroutine:
                value = _complete(value)
            if guard:
                guard.compare(subscription, receiver)
        except BaseException as error:
            outcome = self.failed(subscription, receiver, clock, error)
            if outcome is None:
                raise
            return outcome
        return self.succeeded(subscription, receiver, clock, value)

    def succeeded(self, subscription: Subscription, receiver: Receiver, clock: float, value: object) -> Outcome:
        """Note what a receiver called at `clock` returned."""
        if self.recording:
            self.recording.received(receiver, subscription.owner, clock, value, None)
        return Outcome(receiver, value, failed=False)

    def failed(
        self, subscription: Subscription, receiver: Receiver, clock: float, error: BaseException
    ) -> Outcome | None:
        """Note what a receiver called at `clock` raised; None if that leaves the send."""
        if self.recording:
            self.recording.received(receiver, subscription.owner, clock, None, error)
        if leaves(subscription, receiver, error, always=self._isolated, report=self.report):
            return None
        return Outcome(receiver, error, failed=True)

    def results(self, outcomes: list[Outcome]) -> Results:
        """Return what a send gives; the failures are in it only where everything is isolated."""
        kept = self._isolated or self.signal.isolates_everyone
        return [(outcome.receiver, outcome.value) for outcome in outcomes if kept or not outcome.failed]

    def _refuse_early(self, coroutines: Iterable[tuple[Subscription, Receiver]]) -> None:
        # Before calling anybody, as it would leave the send anyway.
        for subscription, receiver in () if self._isolated else coroutines:
            refusal = self._refusal(subscription, receiver)
            if isinstance(refusal, self.signal.passing) or not subscription.isolated:
                raise refusal

    def _refusal(self, subscription: Subscription, receiver: Receiver) -> AsyncReceiverError:
        label = self.signal.label
        return AsyncReceiverError(
            f"cannot run the coroutine receiver {describe_receiver(receiver)} of {label} from send() while the "
            "thread's event loop is running; use `await signal.send_async(...)`"
        ).about(signal=self.signal, receiver=receiver, plugin=subscription.owner)


def _loop_is_running() -> bool:
    # A loop can only run in a process that has imported asyncio, which we do not want to be the first to do.
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def _complete(value: object) -> Any:
    from portico.signals.asynchronous import complete  # noqa: PLC0415 - imports asyncio

    return complete(value)
