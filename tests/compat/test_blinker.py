"""What blinker documents, on blinker and on its façade."""

from typing import Any

import pytest


class Thing:
    """A sender, or an owner of methods."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def hear(self, sender: Any, **payload: Any) -> str:
        self.heard.append((sender, payload))
        return "thing"


def echo(sender: Any, **payload: Any) -> tuple[Any, dict[str, Any]]:
    return sender, payload


def hello(sender: Any, **payload: Any) -> str:
    return "hello"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_a_send_returns_each_receiver_with_its_value(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(echo)

    assert signal.send("me", a=1, b=2) == [(echo, ("me", {"a": 1, "b": 2}))]
    assert signal.send("me") == [(echo, ("me", {}))]
    assert signal.send() == [(echo, (None, {}))]


def test_a_send_that_nobody_hears_returns_nothing(blinker: Any) -> None:
    assert blinker.Signal().send("me", a=1) == []


def test_connect_returns_the_receiver_and_so_is_a_decorator(blinker: Any) -> None:
    signal = blinker.Signal()

    @signal.connect
    def receiver(sender: Any) -> str:
        return "decorated"

    assert signal.connect(echo) is echo
    assert receiver("x") == "decorated"
    assert (receiver, "decorated") in signal.send("x")


@pytest.mark.parametrize("sender", ["text", 7, (1, 2), Thing(), Thing, None, 1.5], ids=repr)
def test_a_receiver_of_one_sender_hears_that_one_only(blinker: Any, sender: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello, sender=sender)

    assert returned(signal.send(sender)) == ["hello"]
    assert signal.send(object()) == []
    assert signal.send("other") == []


def test_strings_and_integers_are_senders_by_value(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello, sender=str(b"text", "ascii"))
    signal.connect(echo, sender=10**20)

    assert returned(signal.send("text")) == ["hello"]
    assert returned(signal.send(int("1" + "0" * 20))) == [(10**20, {})]


def test_an_unhashable_object_can_be_a_sender(blinker: Any) -> None:
    sender: list[int] = []
    signal = blinker.Signal()
    signal.connect(hello, sender=sender)

    assert returned(signal.send(sender)) == ["hello"]
    assert signal.send([]) == []


def test_a_receiver_connected_twice_runs_once(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)
    signal.connect(hello)
    signal.connect(hello, sender="me")

    assert returned(signal.send("me")) == ["hello"]


def test_a_send_for_any_reaches_the_receivers_of_any_only(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello, sender=blinker.ANY)
    signal.connect(echo, sender="me")

    assert returned(signal.send(blinker.ANY)) == ["hello"]
    assert signal.ANY is blinker.ANY
    assert repr(blinker.ANY) == "ANY"


def test_disconnecting_takes_effect_for_all_senders(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)
    signal.connect(hello, sender="me")

    signal.disconnect(hello)

    assert signal.send("me") == []
    assert not signal.receivers


def test_disconnecting_from_one_sender_leaves_the_others(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello, sender="me")
    signal.connect(hello, sender="you")

    signal.disconnect(hello, sender="me")

    assert signal.send("me") == []
    assert returned(signal.send("you")) == ["hello"]


def test_disconnecting_from_one_sender_leaves_the_connection_to_all(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)

    signal.disconnect(hello, sender="me")

    assert returned(signal.send("me")) == ["hello"]


def test_disconnecting_a_stranger_does_nothing(blinker: Any) -> None:
    assert blinker.Signal().disconnect(hello) is None


def test_an_exception_of_a_receiver_leaves_the_send(blinker: Any) -> None:
    signal = blinker.Signal()

    @signal.connect
    def broken(sender: Any) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        signal.send("me")


@pytest.mark.parametrize("payload", [{"unknown": 1}, {"value": 1, "sender": 2}])
def test_a_receiver_gets_the_payload_as_it_is_or_fails(blinker: Any, payload: dict[str, Any]) -> None:
    signal = blinker.Signal()

    @signal.connect
    def picky(sender: Any, value: int = 0) -> int:
        return value

    with pytest.raises(TypeError):
        signal.send("me", **payload)
    assert returned(signal.send("me", value=3)) == [3]


def test_a_payload_may_use_the_names_that_a_send_uses(blinker: Any) -> None:
    signal = blinker.Signal()

    @signal.connect
    def receiver(_: Any, /, **payload: Any) -> dict[str, Any]:
        return payload

    assert returned(signal.send("me", sender=1, self=2, receiver=3)) == [{"sender": 1, "self": 2, "receiver": 3}]
