import asyncio
import functools
import inspect
import subprocess
import sys
import threading
from asyncio import coroutines
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest

from portico.errors import AsyncReceiverError
from portico.signals import Namespace, Signal
from portico.signals.signatures import is_coroutine_function
from tests.signals.witness import Witness, echo, returned, untyped

request_id: ContextVar[str] = ContextVar("request_id", default="none")


async def coroutine(sender: object, **payload: object) -> object:
    await asyncio.sleep(0)
    return sender, payload


class AsyncCall:
    async def __call__(self, sender: object, **payload: object) -> object:
        return await coroutine(sender, **payload)

    async def method(self, sender: object, **payload: object) -> object:
        return await coroutine(sender, **payload)


class Inheriting(AsyncCall):
    """Inherits its `__call__`."""


def plain(sender: object, **payload: object) -> object:
    return sender, payload


def returning_a_coroutine(sender: object, **payload: object) -> object:
    return coroutine(sender, **payload)


@functools.wraps(coroutine)
async def wrapped(*args: object, **kwargs: object) -> object:
    return await coroutine(*args, **kwargs)


async def generator(_: object) -> Any:
    yield


FORMS = [
    coroutine,
    AsyncCall(),
    Inheriting(),
    AsyncCall().method,
    partial(coroutine),
    partial(partial(AsyncCall())),
    partial(AsyncCall().method),
    wrapped,
]


@pytest.mark.parametrize("receiver", [*FORMS, AsyncMock(), create_autospec(coroutine)])
def test_coroutine_receivers_are_recognised(receiver: Callable[..., object]) -> None:
    assert is_coroutine_function(receiver)


@pytest.mark.parametrize(
    "receiver",
    [
        plain,
        Witness(),
        Witness().method,
        partial(plain),
        MagicMock(),
        Mock(),
        AsyncCall,
        len,
        [].append,
        generator,
        create_autospec(plain),
        object(),
        lambda sender: coroutine(sender, a=1),
    ],
)
def test_other_receivers_are_not_taken_for_coroutines(receiver: Callable[..., object]) -> None:
    assert not is_coroutine_function(receiver)


def _marked_by_asyncio(function: Any) -> Any:
    function._is_coroutine = coroutines._is_coroutine  # type: ignore[attr-defined]
    return function


# What Python has for it came with 3.12; before, asyncio had a mark of its own, which libraries still set.
MARKS = [_marked_by_asyncio, *filter(None, [getattr(inspect, "markcoroutinefunction", None)])]


@pytest.mark.parametrize("mark", MARKS)
def test_a_function_marked_as_a_coroutine_function_is_one(mark: Callable[[Any], Any]) -> None:
    def function(_: object) -> object:
        return coroutine(_)

    class Receiver:
        def __call__(self, _: object) -> object:
            return coroutine(_)

    assert not is_coroutine_function(function)
    assert is_coroutine_function(mark(function))
    assert is_coroutine_function(mark(Receiver()))


# -- send -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("receiver", FORMS)
def test_send_runs_a_coroutine_receiver_to_its_end(
    signal: Signal[...], order_placed: Signal[...], receiver: Callable[..., object]
) -> None:
    for one in (signal, order_placed):
        one.connect(receiver, weak=False)

    assert returned(signal, "s", order_id="o-1", total=0) == [("s", {"order_id": "o-1", "total": 0})]
    assert returned(order_placed, "s", order_id="o-1") == [("s", {"order_id": "o-1", "total": 0})]


def test_send_runs_an_async_mock(signal: Signal[...]) -> None:
    mock = AsyncMock(return_value=7)
    signal.connect(mock)

    assert returned(signal, "s", a=1) == [7]
    mock.assert_awaited_once_with("s", a=1)


def test_send_keeps_the_order_of_coroutine_and_plain_receivers(signal: Signal[...]) -> None:
    heard: list[str] = []

    async def two(_: object) -> None:
        heard.append("two begins")
        await asyncio.sleep(0)
        heard.append("two ends")

    signal.connect(untyped(lambda _: heard.append("one")))
    signal.connect(two)
    signal.connect(untyped(lambda _: heard.append("three")))

    signal.send()

    assert heard == ["one", "two begins", "two ends", "three"]


def test_a_coroutine_receiver_gets_what_its_signature_takes(order_placed: Signal[...]) -> None:
    async def total(total: int) -> int:
        return total

    order_placed.connect(total)

    assert returned(order_placed, order_id="o-1", total=3) == [3]


def test_a_coroutine_receiver_sees_the_callers_context(signal: Signal[...]) -> None:
    async def read(_: object) -> str:
        await asyncio.sleep(0)
        return request_id.get()

    signal.connect(read)
    token = request_id.set("r-1")
    first = returned(signal)
    request_id.reset(token)

    assert first == ["r-1"]
    assert returned(signal) == ["none"]


def test_the_exception_of_a_coroutine_receiver_leaves_send_or_is_isolated(signal: Signal[...]) -> None:
    error = KeyError("no")

    async def fail(_: object) -> None:
        await asyncio.sleep(0)
        raise error

    signal.connect(fail)
    signal.connect(echo("after"))

    with pytest.raises(KeyError, match="no"):
        signal.send()
    assert [value for _, value in signal.send_isolated()] == [error, "after"]


def test_an_awaitable_of_a_receiver_that_is_only_marked_is_awaited(signal: Signal[...]) -> None:
    class Answer:
        def __await__(self) -> Any:
            yield from asyncio.sleep(0).__await__()
            return 7

    mock = create_autospec(coroutine)
    mock.side_effect = None
    mock.return_value = 7
    signal.connect(mock)
    marked = MagicMock(return_value=Answer())
    marked.__dict__["_is_coroutine"] = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    signal.connect(marked)

    assert returned(signal) == [7, 7]


def test_collecting_awaits_too(signal: Signal[...]) -> None:
    signal.connect(coroutine)

    assert signal.collect("s") == [("s", {})]


def test_each_thread_completes_coroutines_on_its_own_loop_which_is_closed_with_it(signal: Signal[...]) -> None:
    async def loop(_: object) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    signal.connect(loop)
    loops: list[asyncio.AbstractEventLoop] = []

    def send_twice() -> None:
        loops.extend(returned(signal) + returned(signal))  # type: ignore[arg-type]

    thread = threading.Thread(target=send_twice)
    thread.start()
    thread.join()
    (own,) = returned(signal)

    assert loops[0] is loops[1]
    assert loops[0].is_closed()
    assert own is not loops[0]
    assert not own.is_closed()  # type: ignore[attr-defined]


def test_the_threads_own_event_loop_is_left_alone(signal: Signal[...]) -> None:
    signal.connect(coroutine)
    mine = asyncio.new_event_loop()
    asyncio.set_event_loop(mine)

    signal.send()
    found = asyncio.get_event_loop()
    asyncio.set_event_loop(None)
    mine.close()

    assert found is mine


@pytest.mark.parametrize("first", ["main", "worker"])
def test_no_loop_is_left_open_when_the_process_ends(first: str) -> None:
    program = f"""
import threading
from portico.signals import Signal

signal = Signal()

@signal.connect
async def receiver(sender):
    import asyncio
    loops.append(asyncio.get_running_loop())

loops = []
worker = threading.Thread(target=signal.send)
for send in (signal.send, lambda: (worker.start(), worker.join()))[:: 1 if {first!r} == "main" else -1]:
    send()
print(sorted(loop.is_closed() for loop in loops))
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]

    finished = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (finished.stdout, finished.stderr) == ("[False, True]\n", "")


# -- send within a running loop -------------------------------------------------------------------------------------


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


# -- send_async -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrent", [False, True])
@pytest.mark.parametrize("receiver", [*FORMS, plain, returning_a_coroutine])
def test_every_form_of_receiver_can_be_awaited(
    signal: Signal[...], receiver: Callable[..., object], *, concurrent: bool
) -> None:
    signal.connect(receiver, weak=False)

    results = asyncio.run(signal.send_async("s", concurrent=concurrent, a=1))

    assert results == [(receiver, ("s", {"a": 1}))]


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
