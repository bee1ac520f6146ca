from typing import Any

import pytest

from portico.errors import ReceiverError
from portico.signals import ANY, Signal
from tests.signals.witness import Sender, Witness, called, echo, returned


def test_connecting_returns_the_receiver(signal: Signal[...]) -> None:
    receiver = echo("a")

    assert signal.connect(receiver) is receiver


def test_connect_is_a_decorator_with_and_without_arguments(signal: Signal[...]) -> None:
    @signal.connect
    def bare(_: object) -> str:
        return "bare"

    @signal.connect(sender="eu", order=-1)
    def early(_: object) -> str:
        return "early"

    @signal.connect_via("eu")
    def via(_: object) -> str:
        return "via"

    assert called(signal, "eu") == [early, bare, via]
    assert called(signal, "us") == [bare]


def test_the_arguments_come_in_the_order_that_existing_code_writes(signal: Signal[...]) -> None:
    late = signal.connect(echo("late"), "eu", False, 1)
    early = signal.connect(echo("early"), ANY, None, -1)

    assert called(signal, "eu") == [early, late]


@pytest.mark.parametrize("thing", [1, "f", object()])
def test_what_cannot_be_called_cannot_be_connected(signal: Signal[...], thing: Any) -> None:
    with pytest.raises(ReceiverError, match="is not callable"):
        signal.connect(thing)

    assert not signal.receivers


def test_a_send_returns_receivers_with_their_values(signal: Signal[...]) -> None:
    one, two = Witness(1), Witness(None)
    signal.connect(one)
    signal.connect(two)

    assert signal.send("eu", a=1) == [(one, 1), (two, None)]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 50])
def test_any_number_of_receivers_is_called_with_any_number_of_fields(signal: Signal[...], count: int) -> None:
    witnesses = [Witness(i) for i in range(count)]
    for witness in witnesses:
        signal.connect(witness)

    assert returned(signal, "eu") == list(range(count))
    assert returned(signal, "eu", a=1, b=2) == list(range(count))

    assert all(witness.heard == [("eu", {}), ("eu", {"a": 1, "b": 2})] for witness in witnesses)


# -- once per send --------------------------------------------------------------------------------------------------


def test_a_receiver_connected_twice_is_called_once(signal: Signal[...]) -> None:
    receiver = echo("a")
    signal.connect(receiver)
    signal.connect(receiver)
    signal.connect(receiver, sender="eu")

    assert called(signal, "eu") == [receiver]
    assert signal.receivers == (receiver,)
    assert len(signal.subscriptions) == 3


def test_a_receiver_connected_twice_is_called_until_its_last_subscription_is_cancelled(signal: Signal[...]) -> None:
    receiver = echo("a")
    everywhere, here = signal.subscribe(receiver), signal.subscribe(receiver, "eu")

    everywhere.cancel()
    after_one = called(signal, "eu"), called(signal, "us")
    here.cancel()

    assert after_one == ([receiver], [])
    assert called(signal, "eu") == []


@pytest.mark.parametrize("weak", [False, True])
def test_a_receiver_connected_twice_stands_at_the_place_of_its_first_living_subscription(
    signal: Signal[...], *, weak: bool
) -> None:
    witness = Witness("twice")
    first = signal.subscribe(witness.method, weak=weak)
    signal.connect(echo("between"))
    signal.connect(witness.method, sender="eu")
    before = returned(signal, "eu")

    first.cancel()

    assert before == ["twice", "between"]
    assert returned(signal, "eu") == ["between", "twice"]


def test_bound_methods_are_one_receiver_however_often_they_are_written(signal: Signal[...]) -> None:
    witness, other, events = Witness(), Witness(), list[object]()
    signal.connect(witness.method)
    signal.connect(witness.method)
    signal.connect(other.method)
    signal.connect(events.append)
    signal.connect(events.append)

    signal.send("eu")

    assert [len(witness.heard), len(other.heard), len(events)] == [1, 1, 1]
    assert signal.disconnect(events.append)
    assert signal.disconnect(witness.method)
    assert called(signal, "eu") == [other.method]


def test_equal_receivers_are_not_the_same(signal: Signal[...]) -> None:
    class Equal(Witness):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    one, two = Equal(), Equal()
    signal.connect(one)
    signal.connect(two)
    signal.disconnect(two)

    signal.send()

    assert (len(one.heard), len(two.heard)) == (1, 0)


# -- disconnecting --------------------------------------------------------------------------------------------------


def test_disconnecting_tells_whether_there_was_something_to_disconnect(signal: Signal[...]) -> None:
    receiver = signal.connect(echo("a"))

    assert signal.disconnect(receiver) is True
    assert signal.disconnect(receiver) is False


def test_disconnecting_without_a_sender_undoes_every_connection(signal: Signal[...]) -> None:
    receiver, sender = echo("a"), Sender()
    for one in (ANY, "eu", 1, sender, None):
        signal.connect(receiver, sender=one)

    signal.disconnect(receiver)

    assert not signal.receivers
    assert [called(signal, one) for one in ("eu", 1, sender, None)] == [[], [], [], []]


def test_disconnecting_from_a_sender_leaves_the_other_connections(signal: Signal[...]) -> None:
    receiver = echo("a")
    signal.connect(receiver, sender="eu")
    signal.connect(receiver, sender="us")

    assert signal.disconnect(receiver, sender="eu") is True
    assert signal.disconnect(receiver, sender="eu") is False
    assert signal.disconnect(receiver, sender="asia") is False

    assert (called(signal, "eu"), called(signal, "us")) == ([], [receiver])


def test_a_bare_connection_is_not_a_connection_to_one_sender(signal: Signal[...]) -> None:
    receiver = signal.connect(echo("a"))

    assert signal.disconnect(receiver, sender="eu") is False
    assert called(signal, "eu") == [receiver]


# -- scopes ---------------------------------------------------------------------------------------------------------


def test_a_receiver_is_connected_for_the_length_of_a_block(signal: Signal[...]) -> None:
    receiver = echo("a")

    with signal.connected_to(receiver, sender="eu"):
        inside = called(signal, "eu"), called(signal, "us")

    assert inside == ([receiver], [])
    assert called(signal, "eu") == []


def test_a_block_that_raises_disconnects_too(signal: Signal[...]) -> None:
    with pytest.raises(KeyError), signal.connected_to(echo("a")):
        raise KeyError

    assert not signal.receivers


def test_nobody_is_called_while_muted(walked: Signal[...]) -> None:
    witness = Witness()
    walked.connect(witness)
    walked.connect(witness, sender="eu")
    walked.send("eu", order_id="o-1")

    with walked.muted():
        results = walked.send("eu", order_id="o-2")
        heard_by = list(walked.receivers_for("eu"))
    walked.send("eu", order_id="o-3")

    assert (results, heard_by) == ([], [])
    assert [payload["order_id"] for _, payload in witness.heard] == ["o-1", "o-3"]


def test_a_receiver_connected_while_muted_is_called_afterwards(signal: Signal[...]) -> None:
    with signal.muted():
        receiver = signal.connect(echo("a"))
        assert called(signal) == []

    assert called(signal) == [receiver]


# -- who is connected -----------------------------------------------------------------------------------------------


def test_receivers_are_listed_in_the_order_of_connecting(signal: Signal[...]) -> None:
    a, b, c = echo("a"), echo("b"), echo("c")
    for receiver, sender in ((b, "eu"), (a, ANY), (c, 1), (b, ANY)):
        signal.connect(receiver, sender=sender)

    assert signal.receivers == (b, a, c)


def test_receivers_for_a_sender_are_those_that_a_send_calls(signal: Signal[...]) -> None:
    everywhere, here = signal.connect(echo("a")), signal.connect(echo("b"), sender="eu", order=-1)

    assert list(signal.receivers_for("eu")) == [here, everywhere] == called(signal, "eu")
    assert list(signal.receivers_for("us")) == [everywhere]
    assert list(signal.receivers_for(ANY)) == [everywhere]


def test_having_receivers_for_a_sender_is_told_per_sender(signal: Signal[...]) -> None:
    signal.connect(echo("a"), sender="eu")

    assert signal.has_receivers_for("eu")
    assert not signal.has_receivers_for("us")
    assert not signal.has_receivers_for(ANY)
    assert signal.receivers


# -- signals about connecting ---------------------------------------------------------------------------------------


def test_connecting_is_told_to_the_receivers_of_receiver_connected(signal: Signal[...]) -> None:
    told: list[tuple[object, ...]] = []

    def tell(about: object, receiver: object, sender: object, weak: bool) -> None:
        told.append((about, receiver, sender, weak))

    signal.receiver_connected.connect(tell)
    witness, receiver = Witness(), echo("a")

    signal.connect(receiver)
    signal.connect(witness.method, sender="eu")

    assert told == [(signal, receiver, ANY, False), (signal, witness.method, "eu", True)]


def test_disconnecting_is_told_to_the_receivers_of_receiver_disconnected(signal: Signal[...]) -> None:
    told: list[tuple[object, ...]] = []

    def tell(about: object, receiver: object, sender: object) -> None:
        told.append((about, receiver, sender))

    signal.receiver_disconnected.connect(tell)
    receiver = signal.connect(echo("a"))

    signal.disconnect(receiver, sender="eu")
    signal.disconnect(receiver)
    signal.disconnect(receiver)

    assert told == [(signal, receiver, ANY)]


def test_the_signals_about_connecting_stay_the_same(signal: Signal[...]) -> None:
    assert signal.receiver_connected is signal.receiver_connected
    assert signal.receiver_disconnected is signal.receiver_disconnected
    assert signal.receiver_connected is not signal.receiver_disconnected
