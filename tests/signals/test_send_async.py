"""Sends that are awaited, and sends within a running event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import pytest

from portico.errors import AsyncReceiverError
from portico.signals import Namespace, Signal
from tests.signals.witness import Witness, coroutine, echo, plain, returned, untyped

request_id: ContextVar[str] = ContextVar("request_id", default="none")


@pytest.mark.parametrize("tapped", [False, True])
def test_a_raising_signal_refuses_within_a_running_loop_before_anybody_is_called(
    signal: Signal[...], *, tapped: bool
) -> None:
    if tapped:
        signal.tap(lambda _: None)
    before = Witness()
    signal.connect(before)
    signal.connect(coroutine)

    async def main() -> None:
        signal.send()

    with pytest.raises(AsyncReceiverError, match=r"await signal\.send_async"):
        asyncio.run(main())
    assert before.heard == []


def test_an_isolating_signal_fails_only_the_coroutine_receivers_within_a_running_loop(namespace: Namespace) -> None:
    @namespace.signal(policy="isolate")
    def isolating(sender: object, /) -> None: ...

    for receiver in (echo("a"), coroutine, echo("b")):
        isolating.connect(receiver)

    async def main() -> list[object]:
        return returned(isolating)

    values = asyncio.run(main())

    assert [values[0], values[2]] == ["a", "b"]
    assert isinstance(values[1], AsyncReceiverError)


def test_plain_receivers_are_called_within_a_running_loop(signal: Signal[...]) -> None:
    signal.connect(plain)

    async def main() -> list[object]:
        return returned(signal, "s")

    assert asyncio.run(main()) == [("s", {})]


def stepping(heard: list[str], name: str, steps: int) -> Callable[..., Awaitable[str]]:
    async def receiver(_: object) -> str:
        heard.append(f"{name} begins")
        for _i in range(steps):
            await asyncio.sleep(0)
        heard.append(f"{name} ends")
        return name

    return receiver


def test_in_sequence_each_coroutine_ends_before_the_next_receiver_begins(signal: Signal[...]) -> None:
    heard: list[str] = []
    signal.connect(stepping(heard, "a", 3))
    signal.connect(untyped(lambda _: heard.append("plain")))
    signal.connect(stepping(heard, "b", 1))

    results = asyncio.run(signal.send_async())

    assert heard == ["a begins", "a ends", "plain", "b begins", "b ends"]
    assert [value for _, value in results] == ["a", None, "b"]


def test_side_by_side_coroutines_overlap_and_results_keep_the_order(signal: Signal[...]) -> None:
    heard: list[str] = []
    signal.connect(stepping(heard, "a", 3))
    signal.connect(untyped(lambda _: heard.append("plain")))
    signal.connect(stepping(heard, "b", 1))

    results = asyncio.run(signal.send_async(concurrent=True))

    assert heard == ["plain", "a begins", "b begins", "b ends", "a ends"]
    assert [value for _, value in results] == ["a", None, "b"]


@pytest.mark.parametrize("concurrent", [False, True])
def test_the_exception_of_a_receiver_leaves_send_async(signal: Signal[...], *, concurrent: bool) -> None:
    async def fail(_: object) -> None:
        await asyncio.sleep(0)
        raise KeyError

    signal.connect(fail)

    with pytest.raises(KeyError):
        asyncio.run(signal.send_async(concurrent=concurrent))


@pytest.mark.parametrize("concurrent", [False, True])
def test_send_async_isolates_as_declared(namespace: Namespace, *, concurrent: bool) -> None:
    @namespace.signal(policy="isolate")
    def isolating(sender: object, /) -> None: ...

    error = KeyError("no")

    async def fail(_: object) -> None:
        await asyncio.sleep(0)
        raise error

    def fail_at_once(_: object) -> None:
        raise error

    def fail_later(sender: object) -> object:
        return fail(sender)

    happened: Signal[...] = isolating
    for receiver in (fail, fail_at_once, fail_later, echo("after")):
        happened.connect(receiver)

    results = asyncio.run(happened.send_async(None, concurrent=concurrent))

    assert [value for _, value in results] == [error, error, error, "after"]


def test_nothing_that_a_failed_concurrent_send_began_outlives_it(signal: Signal[...]) -> None:
    cancelled: list[str] = []

    async def forever(_: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("forever")
            raise

    async def fail(_: object) -> None:
        await asyncio.sleep(0)
        raise KeyError

    signal.connect(forever)
    signal.connect(fail)

    async def main() -> int:
        with pytest.raises(KeyError):
            await signal.send_async(concurrent=True)
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert cancelled == ["forever"]


def test_a_plain_receiver_that_raises_leaves_no_coroutine_unawaited(signal: Signal[...]) -> None:
    def fail(_: object) -> None:
        raise KeyError

    signal.connect(coroutine)
    signal.connect(fail)

    with pytest.raises(KeyError):
        asyncio.run(signal.send_async(concurrent=True))


@pytest.mark.parametrize("concurrent", [False, True])
def test_cancelling_the_sender_cancels_the_receivers(signal: Signal[...], *, concurrent: bool) -> None:
    heard: list[str] = []
    began = asyncio.Event()

    async def forever(_: object) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            heard.append("over")

    signal.connect(forever)
    signal.override_policy("isolate")

    async def main() -> None:
        task = asyncio.create_task(signal.send_async(concurrent=concurrent))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert heard == ["over"]


@pytest.mark.parametrize("concurrent", [False, True])
def test_awaited_receivers_see_the_callers_context(signal: Signal[...], *, concurrent: bool) -> None:
    async def read(_: object) -> str:
        return request_id.get()

    signal.connect(read)

    async def main() -> object:
        request_id.set("r-1")
        return await signal.send_async(concurrent=concurrent)

    assert asyncio.run(main()) == [(read, "r-1")]


def test_a_field_may_be_called_concurrent(namespace: Namespace) -> None:
    @namespace.signal
    def started(sender: object, /, *, concurrent: bool) -> None: ...

    witness = Witness()
    started.connect(witness)

    asyncio.run(started.send_async("s", concurrent=True))

    assert witness.heard == [("s", {"concurrent": True})]


def test_a_receiver_cancelled_while_another_is_awaited_is_not_called(signal: Signal[...]) -> None:
    late = Witness()

    async def first(_: object) -> None:
        await asyncio.sleep(0)
        signal.disconnect(late)

    signal.connect(first)
    signal.connect(late)

    asyncio.run(signal.send_async())

    assert late.heard == []


@pytest.mark.parametrize("concurrent", [False, True])
def test_a_payload_at_hand_as_a_mapping_is_sent_whatever_its_names(namespace: Namespace, *, concurrent: bool) -> None:
    signal = namespace.signal("undeclared")

    async def receiver(sender: object, **payload: object) -> object:
        return payload

    signal.connect(receiver)
    payload = {"concurrent": 1, "isolated": 2, "payload": 3, "self": 4}

    ((_, value),) = asyncio.run(signal.send_payload_async("s", payload, concurrent=concurrent))

    assert value == payload


def test_a_payload_at_hand_can_be_sent_isolated(namespace: Namespace) -> None:
    signal = namespace.signal("undeclared")

    async def fail(sender: object) -> None:
        raise LookupError("not there")

    signal.connect(fail)

    ((_, error),) = asyncio.run(signal.send_payload_async(None, {}, isolated=True))
    assert isinstance(error, LookupError)
    with pytest.raises(LookupError):
        asyncio.run(signal.send_payload_async(None, {}))
