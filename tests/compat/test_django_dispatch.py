"""What Django documents of its signals, on Django and on the façade."""

from typing import Any

import pytest


class Model:
    """A sender, as senders of Django are: a class."""


class Other:
    """Another one."""


def hello(sender: Any, **kwargs: Any) -> str:
    return "hello"


def bye(sender: Any, **kwargs: Any) -> str:
    return "bye"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_receivers_get_signal_sender_and_arguments_by_name(dispatch: Any) -> None:
    signal = dispatch.Signal()

    def receiver(**kwargs: Any) -> dict[str, Any]:
        return kwargs

    signal.connect(receiver)

    assert signal.send(Model, size=3) == [(receiver, {"signal": signal, "sender": Model, "size": 3})]
    assert returned(signal.send(sender=None)) == [{"signal": signal, "sender": None}]


@pytest.mark.parametrize(
    "receiver",
    [
        lambda sender, **kwargs: sender,
        lambda signal, sender, **kwargs: sender,
        lambda size, sender, **kwargs: sender,
        lambda *args, **kwargs: kwargs["sender"] if not args else None,
        lambda first=None, **kwargs: kwargs["sender"] if first is None else None,
        lambda *, sender, **kwargs: sender,
    ],
    ids=["sender", "signal first", "argument first", "args", "default first", "keyword-only"],
)
def test_a_receiver_may_order_its_parameters_as_it_likes(dispatch: Any, receiver: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(receiver)

    assert returned(signal.send(Model, size=3)) == [Model]


def test_a_send_that_nobody_hears_returns_nothing(dispatch: Any) -> None:
    assert dispatch.Signal().send(Model) == []
    assert dispatch.Signal().send_robust(Model) == []


def test_connect_returns_nothing_and_disconnect_whether_it_did(dispatch: Any) -> None:
    signal = dispatch.Signal()

    assert signal.connect(hello) is None
    assert signal.disconnect(hello) is True
    assert signal.disconnect(hello) is False
    assert signal.send(Model) == []


def test_receivers_are_called_in_the_order_of_connecting(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(bye)
    signal.connect(hello)

    assert returned(signal.send(Model)) == ["bye", "hello"]


def test_connecting_again_changes_nothing(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)
    signal.connect(bye)
    signal.connect(hello)

    assert returned(signal.send(Model)) == ["hello", "bye"]
    assert signal.disconnect(hello)
    assert returned(signal.send(Model)) == ["bye"]


def test_a_receiver_of_one_sender_hears_that_one_only(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model)

    assert returned(signal.send(Model)) == ["hello"]
    assert signal.send(Other) == []
    assert signal.send(None) == []


def test_a_receiver_connected_for_all_and_for_one_runs_twice(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)
    signal.connect(hello, sender=Model)

    assert returned(signal.send(Model)) == ["hello", "hello"]
    assert returned(signal.send(Other)) == ["hello"]


def test_disconnecting_is_for_the_sender_that_was_connected(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model)

    assert signal.disconnect(hello) is False
    assert signal.disconnect(hello, sender=Other) is False
    assert signal.disconnect(hello, sender=Model) is True


def test_disconnecting_from_all_leaves_the_connection_to_one(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)
    signal.connect(hello, sender=Model)

    signal.disconnect(hello)

    assert returned(signal.send(Model)) == ["hello"]
    assert signal.send(Other) == []


def test_has_listeners_knows_senders(dispatch: Any) -> None:
    signal = dispatch.Signal()
    assert not signal.has_listeners()

    signal.connect(hello, sender=Model)
    assert signal.has_listeners(Model)
    assert not signal.has_listeners(Other)
    assert not signal.has_listeners()

    signal.connect(bye)
    assert signal.has_listeners(Other)
    assert signal.has_listeners()
