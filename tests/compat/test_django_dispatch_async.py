"""Coroutine receivers and sends from coroutines, on Django and on the façade."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import pytest

request_id: ContextVar[str] = ContextVar("request_id", default="none")


class Model:
    """A sender."""


async def coroutine(sender: Any, **kwargs: Any) -> str:
    await asyncio.sleep(0)
    return "coroutine"


async def broken_coroutine(sender: Any, **kwargs: Any) -> None:
    await asyncio.sleep(0)
    raise LookupError("broken")


def plain(sender: Any, **kwargs: Any) -> str:
    return "plain"


def broken(sender: Any, **kwargs: Any) -> None:
    raise LookupError("broken")


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_a_send_runs_coroutine_receivers_after_the_plain_ones(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(coroutine)
    signal.connect(plain)

    assert signal.send(Model) == [(plain, "plain"), (coroutine, "coroutine")]
    assert signal.send_robust(Model) == [(plain, "plain"), (coroutine, "coroutine")]


def test_an_asend_runs_coroutine_receivers_after_the_plain_ones(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(coroutine)
    signal.connect(plain)

    assert asyncio.run(signal.asend(Model)) == [(plain, "plain"), (coroutine, "coroutine")]
    assert asyncio.run(signal.asend_robust(Model)) == [(plain, "plain"), (coroutine, "coroutine")]


def test_an_asend_that_nobody_hears_returns_nothing(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(coroutine, sender=object())

    assert asyncio.run(signal.asend(Model)) == []
    assert asyncio.run(signal.asend_robust(Model)) == []


@pytest.mark.parametrize("send", ["send", "asend"])
def test_coroutine_receivers_get_the_same_arguments(dispatch: Any, send: str) -> None:
    signal = dispatch.Signal()

    async def receiver(**kwargs: Any) -> Any:
        return kwargs

    signal.connect(receiver)
    results = getattr(signal, send)(Model, size=3)

    assert (asyncio.run(results) if send == "asend" else results) == [
        (receiver, {"signal": signal, "sender": Model, "size": 3})
    ]


def test_in_an_asend_coroutine_receivers_run_side_by_side(dispatch: Any) -> None:
    signal = dispatch.Signal()
    met = asyncio.Event()

    async def first(**kwargs: Any) -> str:
        await met.wait()
        return "first"

    async def second(**kwargs: Any) -> str:
        met.set()
        return "second"

    signal.connect(first)
    signal.connect(second)

    assert returned(asyncio.run(signal.asend(Model))) == ["first", "second"]


def test_in_an_asend_plain_receivers_run_outside_the_thread_of_the_loop(dispatch: Any) -> None:
    signal, threads = dispatch.Signal(), []

    def receiver(**kwargs: Any) -> None:
        threads.append(threading.current_thread())
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()

    signal.connect(receiver)
    asyncio.run(signal.asend(Model))

    assert threads != [threading.current_thread()]


@pytest.mark.parametrize("receiver", [broken, broken_coroutine])
def test_an_exception_leaves_an_asend(dispatch: Any, receiver: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(receiver)
    signal.connect(coroutine)

    with pytest.raises(LookupError, match="broken"):
        asyncio.run(signal.asend(Model))


@pytest.mark.parametrize("receiver", [broken, broken_coroutine])
@pytest.mark.parametrize("send", ["send_robust", "asend_robust"])
def test_an_exception_is_the_response_in_a_robust_send(
    dispatch: Any, receiver: Any, send: str, caplog: pytest.LogCaptureFixture
) -> None:
    signal = dispatch.Signal()
    signal.connect(receiver)
    signal.connect(coroutine)
    signal.connect(plain)

    results = getattr(signal, send)(Model)
    responses = dict(asyncio.run(results) if send == "asend_robust" else results)

    assert isinstance(responses.pop(receiver), LookupError)
    assert responses == {coroutine: "coroutine", plain: "plain"}
    [record] = caplog.records
    assert receiver.__name__ in record.getMessage()


def test_a_send_with_a_coroutine_receiver_is_refused_inside_a_running_loop(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(coroutine)

    async def main() -> None:
        signal.send(Model)

    with pytest.raises(RuntimeError):
        asyncio.run(main())


def test_receivers_see_the_context_of_an_asend(dispatch: Any) -> None:
    signal = dispatch.Signal()

    def look(**kwargs: Any) -> str:
        return request_id.get()

    async def look_too(**kwargs: Any) -> str:
        return request_id.get()

    async def main() -> Any:
        request_id.set("r-1")
        return await signal.asend(Model)

    signal.connect(look)
    signal.connect(look_too)

    assert returned(asyncio.run(main())) == ["r-1", "r-1"]


def test_receivers_of_an_asend_may_send(dispatch: Any) -> None:
    signal, inner = dispatch.Signal(), dispatch.Signal()
    inner.connect(plain)

    def relay(sender: Any, **kwargs: Any) -> Any:
        return [inner.send(Model), signal.send(None) if sender is Model else "end"]

    async def relay_async(sender: Any, **kwargs: Any) -> Any:
        return await inner.asend(Model)

    signal.connect(relay)
    signal.connect(relay_async, sender=Model)

    assert returned(asyncio.run(signal.asend(Model))) == [
        [[(plain, "plain")], [(relay, [[(plain, "plain")], "end"])]],
        [(plain, "plain")],
    ]


def test_a_coroutine_method_is_weak_by_default(dispatch: Any) -> None:
    class Thing:
        async def hear(self, **kwargs: Any) -> str:
            return "thing"

    signal, thing = dispatch.Signal(), Thing()
    signal.connect(thing.hear)
    assert returned(asyncio.run(signal.asend(Model))) == ["thing"]

    del thing

    assert asyncio.run(signal.asend(Model)) == []
