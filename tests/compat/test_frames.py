"""Between a receiver and who sends stand the same frames on a library and on its façade."""

import asyncio
import sys
import warnings
from importlib import import_module
from typing import Any

import pytest

from portico.compat import blinker as our_blinker
from portico.compat import django_dispatch as our_dispatch
from portico.signals import Signal, tap

DJANGO = "portico.compat.django_dispatch"


def callers() -> list[str]:
    """Return the names of the functions above the receiver that asks, up to the test."""
    names, frame = [], sys._getframe(2)
    while not frame.f_code.co_name.startswith("test_"):
        names.append(frame.f_code.co_name)
        assert frame.f_back is not None
        frame = frame.f_back
    return names


def look(sender: Any, **payload: Any) -> list[str]:
    return callers()


def warn(sender: Any, **payload: Any) -> None:
    warnings.warn("look here", UserWarning, stacklevel=3)


async def look_async(sender: Any, **payload: Any) -> list[str]:
    return callers()[:2]


def fail(sender: Any, **payload: Any) -> None:
    raise LookupError


def test_a_receiver_of_blinker_is_called_by_send(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(look)

    assert signal.send("me", size=1) == [(look, ["send"])]


@pytest.mark.parametrize("send", ["send", "send_robust"])
def test_a_receiver_of_django_is_called_by_send(dispatch: Any, send: str) -> None:
    signal = dispatch.Signal()
    signal.connect(look)

    assert getattr(signal, send)("me", size=1) == [(look, [send])]


@pytest.mark.parametrize("send", ["send", "sendExact", "sendRobust"])
def test_a_receiver_of_pydispatcher_is_called_by_robust_apply(pydispatch: Any, send: str) -> None:
    pydispatch.dispatcher.connect(look, "signal", "me")
    sends = pydispatch.robust if send == "sendRobust" else pydispatch.dispatcher

    assert getattr(sends, send)("signal", "me", size=1) == [(look, ["robustApply", send])]


def test_frames_are_the_same_when_somebody_watches() -> None:
    ours: list[Any] = [our_blinker.Signal(), our_dispatch.Signal()]
    for signal in ours:
        signal.connect(look)

    undo = tap(lambda report: None)
    results = [*ours[0].send("me"), *ours[1].send("me")]
    undo()

    assert results == [(look, ["send"])] * 2


def test_a_coroutine_receiver_of_blinker_is_awaited_by_send_async(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(look_async)

    async def caller() -> Any:
        return await signal.send_async("me")

    assert asyncio.run(caller()) == [(look_async, ["send_async", "caller"])]


@pytest.mark.parametrize("library", ["blinker", "portico.compat.blinker", "django.dispatch", DJANGO])
def test_a_warning_with_a_stacklevel_blames_who_sends(library: str) -> None:
    signal = import_module(library).Signal()
    signal.connect(warn)

    with pytest.warns(UserWarning, match="look here") as caught:
        signal.send("me")

    assert [warning.filename for warning in caught] == [__file__]


def test_a_traceback_shows_the_send_and_nothing_else_of_it(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(fail)

    with pytest.raises(LookupError) as raised:
        signal.send("me")

    assert [entry.name for entry in raised.traceback][1:] == ["send", "fail"]


def test_receivers_of_all_kinds_take_their_turns_in_order() -> None:
    signal: Signal[...] = Signal("mixed")
    view = our_blinker.NamedSignal.over(signal)
    signal.connect(lambda sender, **payload: "portico")
    view.connect(first := lambda sender, **payload: "blinker")
    our_dispatch.Signal.over(signal).connect(second := lambda sender, **payload: "django")

    assert [value for _, value in view.send("me")] == ["portico", "blinker", "django"]
    assert [value for _, value in our_dispatch.Signal.over(signal).send("me")] == ["portico", "blinker", "django"]
    assert first is not second
