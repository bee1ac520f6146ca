"""Temporary connections, muting and the signals about signals, on blinker and on its façade."""

from typing import Any

import pytest


def hello(sender: Any, **payload: Any) -> str:
    return "hello"


def bye(sender: Any, **payload: Any) -> str:
    return "bye"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_connect_via_connects_to_one_sender_and_strongly(blinker: Any) -> None:
    signal = blinker.Signal()

    def connect() -> None:
        @signal.connect_via("me")
        def receiver(sender: Any) -> str:
            return "via"

    connect()

    assert returned(signal.send("me")) == ["via"]
    assert signal.send("you") == []


def test_connect_via_can_be_weak(blinker: Any) -> None:
    signal = blinker.Signal()

    def connect() -> None:
        @signal.connect_via("me", weak=True)
        def receiver(sender: Any) -> str:
            return "via"

    connect()

    assert signal.send("me") == []


def test_connected_to_lasts_for_its_block(blinker: Any) -> None:
    signal = blinker.Signal()

    with signal.connected_to(lambda sender: "within"):
        assert returned(signal.send("me")) == ["within"]

    assert signal.send("me") == []


def test_connected_to_a_sender_hears_that_one_only(blinker: Any) -> None:
    signal = blinker.Signal()

    with signal.connected_to(hello, sender="me"):
        assert signal.send("you") == []
        assert returned(signal.send("me")) == ["hello"]

    assert signal.send("me") == []


def test_connected_to_ends_with_an_exception_too(blinker: Any) -> None:
    signal = blinker.Signal()

    with pytest.raises(LookupError), signal.connected_to(hello):
        raise LookupError

    assert not signal.receivers


def test_a_muted_signal_calls_nobody(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)

    with signal.muted():
        assert signal.is_muted
        assert signal.send("me") == []

    assert not signal.is_muted
    assert returned(signal.send("me")) == ["hello"]


def test_a_signal_can_be_muted_by_hand(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)

    signal.is_muted = True
    assert signal.send("me") == []
    signal.is_muted = False

    assert not signal.is_muted
    assert returned(signal.send("me")) == ["hello"]


def test_receivers_for_are_those_that_a_send_calls(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)
    signal.connect(bye, sender="me")

    assert set(signal.receivers_for("me")) == {hello, bye}
    assert list(signal.receivers_for("you")) == [hello]
    assert list(signal.receivers_for(blinker.ANY)) == [hello]
    assert list(blinker.Signal().receivers_for("me")) == []


def test_has_receivers_for_knows_senders(blinker: Any) -> None:
    signal = blinker.Signal()
    assert not signal.has_receivers_for("me")
    assert not signal.has_receivers_for(blinker.ANY)

    signal.connect(bye, sender="me")
    assert signal.has_receivers_for("me")
    assert not signal.has_receivers_for("you")
    assert not signal.has_receivers_for(blinker.ANY)

    signal.connect(hello)
    assert signal.has_receivers_for("you")
    assert signal.has_receivers_for(blinker.ANY)


def test_receivers_are_truthy_while_somebody_is_connected(blinker: Any) -> None:
    signal = blinker.Signal()
    assert not signal.receivers

    signal.connect(hello, sender="me")
    signal.connect(bye)
    assert len(signal.receivers) == 2

    signal.disconnect(hello)
    signal.disconnect(bye)
    assert not signal.receivers


def test_connecting_is_told(blinker: Any) -> None:
    signal, heard = blinker.Signal(), []

    @signal.receiver_connected.connect
    def told(sender: Any, /, **payload: Any) -> None:
        heard.append((sender, payload))

    signal.connect(hello)
    signal.connect(bye, sender="me", weak=False)

    assert heard == [
        (signal, {"receiver": hello, "sender": blinker.ANY, "weak": True}),
        (signal, {"receiver": bye, "sender": "me", "weak": False}),
    ]


def test_disconnecting_is_told_even_if_nobody_was_connected(blinker: Any) -> None:
    signal, heard = blinker.Signal(), []

    @signal.receiver_disconnected.connect
    def told(sender: Any, /, **payload: Any) -> None:
        heard.append((sender, payload))

    signal.disconnect(hello)
    signal.disconnect(bye, sender="me")
    with signal.connected_to(hello):
        pass

    assert heard == [
        (signal, {"receiver": hello, "sender": blinker.ANY}),
        (signal, {"receiver": bye, "sender": "me"}),
        (signal, {"receiver": hello, "sender": blinker.ANY}),
    ]


def test_death_of_a_receiver_is_not_told(blinker: Any) -> None:
    signal, heard = blinker.Signal(), []
    signal.receiver_disconnected.connect(lambda sender, **payload: heard.append(payload), weak=False)

    signal.connect(lambda sender: None)

    assert heard == []


def test_a_connection_is_undone_when_telling_it_is_a_type_error(blinker: Any) -> None:
    signal = blinker.Signal()

    @signal.receiver_connected.connect
    def refuse(sender: Any, /, **payload: Any) -> None:
        raise TypeError("refused")

    with pytest.raises(TypeError, match="refused"):
        signal.connect(hello)

    assert signal.send("me") == []
