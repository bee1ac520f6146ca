"""The decorator, subclasses, caching and modules, on Django and on the façade."""

from typing import Any

import pytest


class Model:
    """A sender."""


def hello(sender: Any, **kwargs: Any) -> str:
    return "hello"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_the_decorator_connects_and_returns_the_function(dispatch: Any) -> None:
    signal = dispatch.Signal()

    @dispatch.receiver(signal, sender=Model)
    def receiver(sender: Any, **kwargs: Any) -> str:
        return "decorated"

    assert receiver(Model) == "decorated"
    assert signal.send(Model) == [(receiver, "decorated")]
    assert signal.send(None) == []


@pytest.mark.parametrize("several", [list, tuple])
def test_the_decorator_connects_to_several_signals(dispatch: Any, several: Any) -> None:
    signals = several([dispatch.Signal(), dispatch.Signal()])

    @dispatch.receiver(signals, dispatch_uid="several")
    def receiver(sender: Any, **kwargs: Any) -> str:
        return "decorated"

    assert [returned(signal.send(Model)) for signal in signals] == [["decorated"]] * 2
    assert all(signal.disconnect(dispatch_uid="several") for signal in signals)


def test_a_subclass_may_change_connect_and_send(dispatch: Any) -> None:
    class Loud(dispatch.Signal):
        def connect(self, receiver: Any, sender: Any = None, weak: bool = True, dispatch_uid: Any = None) -> None:
            super().connect(receiver, sender, weak, dispatch_uid)

        def send(self, sender: Any, **named: Any) -> Any:
            return super().send(sender=sender, loud=True, **named)

    signal = Loud(use_caching=True)

    def receiver(loud: bool, **kwargs: Any) -> Any:
        return loud and kwargs["signal"]

    signal.connect(receiver, Model, weak=False)

    assert returned(signal.send(Model)) == [signal]


@pytest.mark.parametrize("use_caching", [False, True])
def test_caching_is_never_stale(dispatch: Any, use_caching: bool) -> None:
    signal = dispatch.Signal(use_caching=use_caching)
    assert signal.use_caching is use_caching
    assert signal.send(Model) == []

    signal.connect(hello, sender=Model)
    assert returned(signal.send(Model)) == ["hello"]
    signal.disconnect(hello, sender=Model)
    assert signal.send(Model) == []
    signal.connect(hello)
    assert returned(signal.send(Model)) == ["hello"]


def test_a_receiver_may_connect_and_disconnect_while_it_is_called(dispatch: Any) -> None:
    signal = dispatch.Signal()

    def once(**kwargs: Any) -> str:
        signal.disconnect(once)
        signal.connect(hello)
        return "once"

    signal.connect(once)

    assert returned(signal.send(Model)) == ["once"]
    assert returned(signal.send(Model)) == ["hello"]


def test_receivers_are_truthy_while_somebody_is_connected(dispatch: Any) -> None:
    signal = dispatch.Signal()
    assert not signal.receivers

    signal.connect(hello, sender=Model)

    assert len(signal.receivers) == 1


def test_the_dispatcher_module_has_everything_too(dispatch: Any) -> None:
    from importlib import import_module

    dispatcher = import_module(f"{dispatch.__name__}.dispatcher")

    assert dispatcher.Signal is dispatch.Signal
    assert dispatcher.receiver is dispatch.receiver
