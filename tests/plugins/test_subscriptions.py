from collections.abc import Iterator
from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import (
    PluginState,
)
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing


def test_a_mapping_may_hold_callables_and_dicts(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    mapping = {
        signal: [
            lambda sender: "second",
            {"receiver": lambda sender: "first", "order": -1},
            {"receiver": lambda sender: "only eu", "sender": "eu", "weak": True},
        ]
    }
    manager = manage(subscribing("one", lambda: mapping))

    manager.enable("one")

    assert signal.collect("eu") == ["first", "second", "only eu"]
    assert signal.collect("us") == ["first", "second"]
    assert len(mapping[signal]) == 3


def test_what_bootstrap_connects_goes_when_the_plugin_is_disabled(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", dict, bootstrap=lambda: signal.connect(saying("one"))))

    manager.enable("one")
    assert signal.collect() == ["one"]
    manager.disable("one")

    assert not signal.receivers


def test_every_mapping_is_connected_before_any_bootstrap_runs(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("asked")
    heard: list[Any] = []
    first = subscribing("first", dict, bootstrap=lambda: heard.extend(signal.collect()))
    second = subscribing("second", lambda: {signal: [lambda sender: "second"]})

    manage(first, second).enable_all(["first", "second"])

    assert heard == ["second"]


def test_subscribing_by_name_to_a_signal_that_nobody_declares_breaks_nothing(
    acme: Namespace, manage: MakeManager
) -> None:
    manager = manage(subscribing("one", lambda: {acme.signal("other_plugin:thing"): [print]}))

    status = manager.enable("one")

    assert status.state is PluginState.ENABLED
    assert [each.signal for each in status.subscriptions] == [f"{acme.name}:other_plugin:thing"]


def test_a_mapping_with_a_deprecated_signal_warns_at_the_receiver_s_own_lines(
    acme: Namespace, manage: MakeManager
) -> None:
    @acme.signal(deprecated="use order_stored")
    def order_placed(region: str, /) -> None:
        """Sent after an order is stored."""

    receiver = saying("one")
    manager = manage(subscribing("one", lambda: {order_placed: [receiver]}))

    with pytest.warns(DeprecationWarning, match="order_placed is deprecated: use order_stored") as caught:
        manager.enable("one")

    code = receiver.__code__
    assert [(each.filename, each.lineno) for each in caught] == [(code.co_filename, code.co_firstlineno)]
    assert order_placed.collect("eu") == ["one"]


def generator(sender: object, **payload: object) -> Iterator[object]:
    yield sender


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (lambda _: None, "get_signal_subscriptions() returned 'NoneType'"),
        (lambda _: {"user_created": [print]}, "the key 'user_created', which is not a signal"),
        (lambda signal: {signal: print}, "put the receivers into a list"),
        (lambda signal: {signal: {"receiver": print}}, "put the receivers into a list"),
        (lambda signal: {signal: [1]}, "'int' as its receiver, which is not callable"),
        (lambda signal: {signal: [generator]}, "generator as its receiver, which has a `yield` in it"),
        (lambda signal: {signal: [{"sender": 1}]}, "'NoneType' as its receiver, which is not callable"),
        (lambda signal: {signal: [{"receiver": print, "sendr": 1}]}, "the unknown key sendr; known are order, rec"),
        (lambda signal: {signal: [{"receiver": print, "order": "a"}]}, "the order 'a'; use a whole number"),
        (lambda signal: {signal: [print, lambda sender, colour: 1]}, "it requires colour; the signal offers size"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_as_a_whole(
    acme: Namespace, manage: MakeManager, mapping: Any, message: str
) -> None:
    @acme.signal
    def happened(sender: object, /, *, size: int) -> None: ...

    other = acme.signal("other")
    manager = manage(
        subscribing("one", lambda: {other: [print]} | mapping(happened) if mapping(happened) else mapping(happened))
    )

    with pytest.raises(PluginError) as refused:
        manager.enable("one")

    assert message in str(refused.value)
    assert manager.get("one").state is PluginState.FAILED
    assert not happened.receivers
    assert not other.receivers
