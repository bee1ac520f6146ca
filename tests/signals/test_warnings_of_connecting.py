"""Warnings of connecting: what is deprecated, what will never be bound, and at which line that is said."""

from collections.abc import Callable
from typing import Any

import pytest

from portico.compat import django_dispatch
from portico.errors import UnboundReceiverWarning
from portico.signals import Namespace, Ownership, Signal
from tests.signals.witness import echo, line, returned


@pytest.fixture
def deprecated(namespace: Namespace) -> Signal[...]:
    """A signal that is declared deprecated."""

    @namespace.signal(deprecated="use order_stored")
    def order_placed(region: str, /) -> None:
        """Sent after an order is stored."""

    return order_placed


def stub(sender: object, /) -> None:
    """Sent by nobody."""


# Each in one line, which is where the warning has to point.
WAYS: dict[str, Callable[[Signal[...]], object]] = {
    "connect": lambda signal: signal.connect(echo("a")),
    "as a decorator": lambda signal: signal.connect(sender="eu")(echo("a")),
    "connect_via": lambda signal: signal.connect_via("eu")(echo("a")),
    "subscribe": lambda signal: signal.subscribe(echo("a")),
    "connected_to": lambda signal: signal.connected_to(echo("a")).__enter__(),
}


@pytest.mark.parametrize("way", WAYS)
def test_connecting_to_a_deprecated_signal_warns_with_the_advice_at_the_caller_s_line(
    way: str, deprecated: Signal[...]
) -> None:
    connect = WAYS[way]

    with pytest.warns(DeprecationWarning, match="order_placed is deprecated: use order_stored") as caught:
        connect(deprecated)

    assert [(each.filename, each.lineno) for each in caught] == [(__file__, connect.__code__.co_firstlineno)]


def test_a_receiver_of_a_deprecated_signal_is_not_connected_where_warnings_are_errors(deprecated: Signal[...]) -> None:
    with Ownership("audit") as owned, pytest.raises(DeprecationWarning):  # As in all our tests.
        deprecated.connect(echo("a"))

    assert not deprecated.receivers
    assert owned.subscriptions == []


def test_sending_a_deprecated_signal_does_not_warn(deprecated: Signal[...]) -> None:
    assert returned(deprecated, "eu") == []


def test_connecting_through_a_facade_warns_at_the_caller_s_line() -> None:
    facade = django_dispatch.Signal()
    facade.portico.declare(stub, deprecated="use another")

    with pytest.warns(DeprecationWarning, match="use another") as caught:
        facade.connect(echo("a"), weak=False)
    expected = line() - 1

    assert [(each.filename, each.lineno) for each in caught] == [(__file__, expected)]


def test_a_method_that_is_connected_in_the_body_of_its_class_warns_there(signal: Signal[...]) -> None:
    with pytest.warns(
        UnboundReceiverWarning, match=r"Plugin\.hear was connected to test_\d+:happened in the body"
    ) as caught:

        class Plugin:
            @signal.connect
            def hear(self, **payload: Any) -> object:
                return self

    assert [each.filename for each in caught] == [__file__]
    assert signal.receivers == (Plugin.hear,)


def test_a_method_with_arguments_to_connect_and_a_class_method_warn_too(signal: Signal[...]) -> None:
    with pytest.warns(UnboundReceiverWarning) as caught:

        class Plugin:
            @signal.connect(sender="eu")
            def hear(self, **payload: Any) -> object:
                return self

            @classmethod
            @signal.connect_via("eu")
            def listen(cls, **payload: Any) -> object:
                return cls

    assert len(caught) == 2
    assert signal.receivers[0] is Plugin.hear


def test_what_is_connected_in_the_body_of_a_class_and_needs_no_binding_does_not_warn(signal: Signal[...]) -> None:
    class Plugin:
        @staticmethod
        @signal.connect
        def hear(sender: object, **payload: Any) -> str:
            return "static"

        signal.connect(echo("echo"))

        def __init__(self) -> None:
            signal.connect(self.method)

        def method(self, sender: object) -> str:
            return "method"

    @signal.connect
    def function(self: object) -> str:
        return "function"

    plugin = Plugin()

    assert returned(signal) == ["static", "echo", "function", "method"]
    assert signal.receivers[-1] == plugin.method
