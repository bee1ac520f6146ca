import asyncio
import functools
import inspect
import subprocess
import sys
import threading
from asyncio import coroutines
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest

from portico.signals import Signal
from portico.signals.signatures import is_coroutine_function
from tests.signals.witness import Witness, coroutine, echo, plain, returned, untyped

request_id: ContextVar[str] = ContextVar("request_id", default="none")


class AsyncCall:
    async def __call__(self, sender: object, **payload: object) -> object:
        return await coroutine(sender, **payload)

    async def method(self, sender: object, **payload: object) -> object:
        return await coroutine(sender, **payload)


class Inheriting(AsyncCall):
    """Inherits its `__call__`."""


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


# -- send_async -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrent", [False, True])
@pytest.mark.parametrize("receiver", [*FORMS, plain, returning_a_coroutine])
def test_every_form_of_receiver_can_be_awaited(
    signal: Signal[...], receiver: Callable[..., object], *, concurrent: bool
) -> None:
    signal.connect(receiver, weak=False)

    results = asyncio.run(signal.send_async("s", concurrent=concurrent, a=1))

    assert results == [(receiver, ("s", {"a": 1}))]
