"""What every façade gets from the engine: order, isolation and taps, also for signals that Portico sends."""

import asyncio
import gc
from functools import partial
from typing import Any

import pytest

from portico.compat import blinker, django_dispatch
from portico.compat.pydispatcher import dispatcher
from portico.signals import SendReport, Signal, describe_receiver
from tests.compat.views import CONNECT, DISCONNECT, Connect, Plugin, hello, native, values


async def _send_async(signal: Signal[...]) -> list[Any]:
    return [value for _, value in await signal.send_async("me", name="jane")]


def test_a_view_hears_what_portico_sends(signal: Signal[...], connect: Connect) -> None:
    connect(signal, hello)
    connect(signal, hello, sender="me")

    assert values(signal, "you") == ["hello jane"]


def test_views_share_their_connections(signal: Signal[...], connect: Connect, facade: int) -> None:
    connect(signal, hello)
    gc.collect()
    connect(signal, hello)
    assert values(signal) == ["hello jane"]

    DISCONNECT[facade](signal, hello)

    assert values(signal) == []


def test_receivers_of_all_kinds_are_called_in_the_order_of_connecting(signal: Signal[...]) -> None:
    signal.connect(native, order=1)
    plugins = [Plugin() for _ in CONNECT]
    for connect, plugin in zip(CONNECT, plugins, strict=True):
        connect(signal, plugin.hear)
    signal.connect(hello, order=-1)

    assert values(signal) == ["hello jane", "plugin jane", "plugin jane", "plugin jane", "native jane"]
    assert [subscription.order for subscription in signal.subscriptions] == [1, 0, 0, 0, -1]


def test_a_send_through_a_view_reaches_all_kinds(signal: Signal[...]) -> None:
    signal.connect(native)
    for connect in CONNECT:
        connect(signal, hello)

    expected = [(native, "native jane"), *[(hello, "hello jane")] * 3]
    assert blinker.NamedSignal.over(signal).send("me", name="jane") == expected
    assert django_dispatch.Signal.over(signal).send("me", name="jane") == expected
    assert dispatcher.send(signal, "me", name="jane") == expected


def test_the_fields_of_a_declared_signal_are_checked(signal: Signal[...]) -> None:
    with pytest.raises(TypeError, match="nmae"):
        blinker.NamedSignal.over(signal).send("me", nmae="jane")
    assert blinker.NamedSignal.over(signal).__doc__ == "Sent after a user was created."


def test_taps_see_receivers_under_their_own_names(signal: Signal[...], connect: Connect) -> None:
    reports: list[SendReport] = []
    undo = signal.tap(reports.append)
    plugin = Plugin()
    connect(signal, plugin.hear)
    connect(signal, hello)

    values(signal, "me")
    undo()

    [report] = reports
    assert report.sender == "me"
    assert report.payload == {"name": "jane", "size": 0}
    names = [describe_receiver(reception.receiver) for reception in report.receptions]
    assert names == [describe_receiver(plugin.hear), describe_receiver(hello)]


def test_a_plain_send_awaits_coroutine_receivers_of_a_view(signal: Signal[...]) -> None:
    async def coroutine(sender: Any, **payload: Any) -> str:
        await asyncio.sleep(0)
        return "awaited"

    for connect in CONNECT[:2]:
        connect(signal, coroutine)

    assert values(signal) == ["awaited", "awaited"]
    assert asyncio.run(_send_async(signal)) == ["awaited", "awaited"]


def test_a_blinker_view_of_an_isolating_signal_isolates_coroutine_receivers(signal: Signal[...]) -> None:
    view = blinker.NamedSignal.over(signal)

    @view.connect
    async def coroutine(sender: Any, **payload: Any) -> None:
        raise LookupError

    view.connect(hello)

    [(_, error), (_, value)] = view.send("me", name="jane")

    assert isinstance(error, LookupError)
    assert value == "hello jane"


def test_muting_a_view_mutes_the_signal(signal: Signal[...]) -> None:
    signal.connect(native)

    with blinker.NamedSignal.over(signal).muted():
        assert values(signal) == []


def test_a_wrapper_is_put_around_coroutine_receivers_of_portico_too(signal: Signal[...]) -> None:
    view = blinker.NamedSignal.over(signal)

    async def coroutine(sender: Any, **payload: Any) -> Any:
        await asyncio.sleep(0)
        return sender, payload["name"]

    view.connect(coroutine)
    signal.connect(partial(coroutine))

    results = view.send(
        "me", name="jane", _async_wrapper=lambda receiver: lambda *a, **k: asyncio.run(receiver(*a, **k))
    )

    assert [value for _, value in results] == [("me", "jane")] * 2
