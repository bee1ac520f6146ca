"""Coroutine receivers and the two wrappers, on blinker and on its façade."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

request_id: ContextVar[str] = ContextVar("request_id", default="none")


async def coroutine(sender: Any, **payload: Any) -> tuple[Any, dict[str, Any]]:
    await asyncio.sleep(0)
    return sender, payload


def plain(sender: Any, **payload: Any) -> tuple[Any, dict[str, Any]]:
    return sender, payload


async def broken(sender: Any, **payload: Any) -> None:
    await asyncio.sleep(0)
    raise LookupError("broken")


def run(receiver: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Make of a coroutine function one that is simply called."""
    return lambda sender, **payload: asyncio.run(receiver(sender, **payload))


def in_thread(receiver: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Make of a plain function one that is awaited."""
    return partial(asyncio.to_thread, receiver)


def test_send_async_awaits_coroutine_receivers(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine)

    assert asyncio.run(signal.send_async("me", a=1)) == [(coroutine, ("me", {"a": 1}))]
    assert asyncio.run(signal.send_async()) == [(coroutine, (None, {}))]


def test_send_async_knows_senders(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine, sender="me")

    assert asyncio.run(signal.send_async("you")) == []
    assert asyncio.run(signal.send_async("me")) == [(coroutine, ("me", {}))]


def test_a_partial_of_a_coroutine_function_is_awaited(blinker: Any) -> None:
    signal, receiver = blinker.Signal(), partial(coroutine, fixed=1)
    signal.connect(receiver)

    assert asyncio.run(signal.send_async("me")) == [(receiver, ("me", {"fixed": 1}))]


def test_a_send_runs_coroutine_receivers_with_the_wrapper_it_is_given(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine)
    signal.connect(plain)

    results = signal.send("me", _async_wrapper=run, a=1)

    assert sorted(results, key=lambda result: result[0] is plain) == [
        (coroutine, ("me", {"a": 1})),
        (plain, ("me", {"a": 1})),
    ]


def test_a_wrapper_is_only_put_around_what_needs_it(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(plain)

    def never(receiver: Any) -> Any:
        raise AssertionError(receiver)

    assert signal.send("me", _async_wrapper=never) == [(plain, ("me", {}))]
    signal.disconnect(plain)
    signal.connect(coroutine)
    assert asyncio.run(signal.send_async("me", _sync_wrapper=never)) == [(coroutine, ("me", {}))]


def test_a_send_without_wrapper_refuses_a_coroutine_receiver(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine)

    with pytest.raises(RuntimeError):
        signal.send("me")


def test_a_send_without_wrapper_does_not_mind_coroutine_receivers_of_others(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine, sender="you")
    signal.connect(plain)

    assert signal.send("me") == [(plain, ("me", {}))]


def test_send_async_runs_plain_receivers_with_the_wrapper_it_is_given(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(plain)

    assert asyncio.run(signal.send_async("me", _sync_wrapper=in_thread, a=1)) == [(plain, ("me", {"a": 1}))]


def test_a_wrapper_may_return_any_awaitable(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(plain)

    def scheduled(receiver: Any) -> Callable[..., asyncio.Future[Any]]:
        return lambda sender: asyncio.get_running_loop().run_in_executor(None, receiver, sender)

    async def main() -> Any:
        return await signal.send_async("me", _sync_wrapper=scheduled)

    assert asyncio.run(main()) == [(plain, ("me", {}))]


def test_send_async_without_wrapper_refuses_a_plain_receiver(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(plain)

    with pytest.raises(RuntimeError):
        asyncio.run(signal.send_async("me"))


def test_a_muted_signal_awaits_nobody(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine)
    signal.connect(plain)

    with signal.muted():
        assert asyncio.run(signal.send_async("me")) == []
        assert signal.send("me") == []


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_exception_of_a_coroutine_receiver_leaves_the_send(blinker: Any, wrapped: bool) -> None:
    signal = blinker.Signal()
    signal.connect(broken)

    with pytest.raises(LookupError, match="broken"):
        signal.send("me", _async_wrapper=run) if wrapped else asyncio.run(signal.send_async("me"))


def test_a_wrapped_coroutine_receiver_can_be_sent_to_inside_a_running_loop(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(coroutine)

    async def main() -> Any:
        return signal.send("me", _async_wrapper=lambda receiver: lambda sender: receiver(sender).close())

    assert asyncio.run(main()) == [(coroutine, None)]


def test_a_wrapper_is_for_its_own_send_and_not_for_those_that_receivers_send(blinker: Any) -> None:
    outer, inner = blinker.Signal(), blinker.Signal()
    inner.connect(plain)

    async def relay(sender: Any) -> Any:
        return inner.send(sender)

    def plain_relay(sender: Any) -> Any:
        return [*inner.send(sender), *(outer.send("again") if sender != "again" else [])]

    outer.connect(relay, sender="me")
    outer.connect(plain_relay)

    results = dict(asyncio.run(outer.send_async("me", _sync_wrapper=in_thread)))

    assert results[relay] == [(plain, ("me", {}))]
    assert results[plain_relay] == [(plain, ("me", {})), (plain_relay, [(plain, ("again", {}))])]


def test_receivers_see_the_context_of_the_sender(blinker: Any) -> None:
    signal = blinker.Signal()

    @signal.connect
    async def receiver(sender: Any) -> str:
        return request_id.get()

    async def main() -> Any:
        request_id.set("r-1")
        return await signal.send_async("me")

    assert asyncio.run(main()) == [(receiver, "r-1")]
