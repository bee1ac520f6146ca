"""Subscriptions, and what happens to them within a dispatch."""

from decimal import Decimal

import pytest

from portico.signals import ANY, Signal, Subscription, put_in_order, sender_reference
from tests.signals.witness import Sender, Witness, called, echo, returned

# -- subscriptions --------------------------------------------------------------------------------------------------


def test_cancelling_undoes_exactly_one_connection(signal: Signal[...]) -> None:
    receiver = echo("a")
    one, two = signal.subscribe(receiver), signal.subscribe(receiver)

    one.cancel()
    one.cancel()

    assert (one.connected, two.connected) == (False, True)
    assert called(signal) == [receiver]
    assert signal.subscriptions == (two,)


def test_a_subscription_shows_what_a_user_may_use_and_no_more(signal: Signal[...]) -> None:
    subscription = signal.subscribe(echo("a"))

    assert [name for name in dir(subscription) if not name.startswith("_")] == [
        "at_import",
        "cancel",
        "connected",
        "is_coroutine",
        "isolated",
        "module",
        "order",
        "owner",
        "receiver",
        "resume",
        "sender",
        "signal",
        "suspend",
        "weak",
    ]


@pytest.mark.parametrize("sender", [ANY, None, "eu", "", 0, 1, 1.5, True, False, Decimal("1.5"), (), Sender()])
def test_a_subscription_says_whom_it_hears(signal: Signal[...], sender: object) -> None:
    subscription = signal.subscribe(echo("a"), sender)

    assert subscription.sender == sender
    assert type(subscription.sender) is type(sender)


def test_a_subscription_of_a_sender_that_is_gone_says_none(signal: Signal[...]) -> None:
    sender = Sender()
    subscription = signal.subscribe(echo("a"), sender)

    del sender

    assert subscription.sender is None
    assert not subscription.connected


def test_what_refers_to_a_sender_keeps_it_only_if_it_cannot_be_weak(signal: Signal[...]) -> None:
    sender = Sender()
    references = [sender_reference(signal.subscribe(echo("a"), each)) for each in (sender, "eu", ("a", "tuple"))]
    found = [each.find and each.find() for each in references]

    assert found == [sender, None, ("a", "tuple")]
    assert references[1].key == "eu"
    found.clear()
    del sender
    assert references[0].find is not None
    assert references[0].find() is None


def test_subscriptions_are_put_in_another_order_and_resumed_in_it(signal: Signal[...]) -> None:
    first, second, third, gone = (signal.subscribe(echo(name)) for name in "abcd")
    second.suspend()
    gone.cancel()

    put_in_order([third, gone, first, second])
    put_in_order([third, gone, first, second])

    assert returned(signal) == ["c", "a", "b"]
    assert signal.subscriptions == (third, first, second)


def test_a_subscription_says_what_it_connects(signal: Signal[...]) -> None:
    receiver = echo("a")

    subscription = signal.subscribe(receiver, "eu", order=3)

    assert subscription.signal is signal
    assert subscription.receiver is receiver
    assert subscription.sender == "eu"
    assert subscription.order == 3
    assert subscription.owner is None
    assert subscription.connected
    assert not subscription.weak
    assert repr(subscription).startswith(
        "<Subscription: tests.signals.witness.echo.<locals>.receiver connected to test_"
    )


def test_a_cancelled_subscription_lets_go_of_its_receiver(signal: Signal[...]) -> None:
    subscription = signal.subscribe(echo("a"))

    subscription.cancel()

    assert subscription.receiver is None
    assert repr(subscription).startswith("<Subscription: nothing no longer connected to test_")


def test_a_suspended_subscription_is_not_called_until_it_is_resumed(signal: Signal[...]) -> None:
    subscription = signal.subscribe(echo("a"))

    subscription.suspend()
    subscription.suspend()
    while_suspended = returned(signal), subscription.connected, signal.receivers
    subscription.resume()
    subscription.resume()

    assert while_suspended == ([], False, ())
    assert returned(signal) == ["a"]
    assert subscription.connected
    assert subscription.receiver is not None


@pytest.mark.parametrize("sender", [ANY, None, "eu", 0, Sender(), []])
def test_a_subscription_to_any_kind_of_sender_can_be_suspended_and_resumed(signal: Signal[...], sender: object) -> None:
    subscription = signal.subscribe(echo("a"), sender)

    subscription.suspend()
    subscription.resume()

    assert returned(signal, sender) == ["a"]


def test_a_cancelled_subscription_cannot_be_resumed(signal: Signal[...]) -> None:
    subscription = signal.subscribe(echo("a"))
    subscription.suspend()

    subscription.cancel()
    subscription.resume()

    assert returned(signal) == []
    assert not subscription.connected


# -- within a dispatch ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("senders", [("eu", "eu"), (ANY, ANY), (ANY, "eu")])
def test_a_receiver_cancelled_within_a_dispatch_is_not_called_any_more(
    walked: Signal[...], senders: tuple[object, object]
) -> None:
    subscriptions: list[Subscription] = []

    def cancel(_: object, **__: object) -> None:
        for subscription in subscriptions:
            subscription.cancel()

    late = Witness()
    walked.connect(cancel)
    subscriptions += [walked.subscribe(late, sender) for sender in senders]

    walked.send("eu", order_id="o-1")

    assert late.heard == []


def test_a_receiver_disconnected_within_a_dispatch_is_not_called_any_more(walked: Signal[...]) -> None:
    late = Witness()

    def disconnect(_: object, **__: object) -> None:
        walked.disconnect(late)

    walked.connect(disconnect)
    walked.connect(late)

    walked.send("eu", order_id="o-1")

    assert late.heard == []


def test_a_receiver_suspended_within_a_dispatch_is_not_called_in_it(walked: Signal[...]) -> None:
    late = Witness()
    subscriptions: list[Subscription] = []

    def suspend(_: object, **__: object) -> None:
        subscriptions[0].suspend()

    walked.connect(suspend)
    subscriptions.append(walked.subscribe(late))

    walked.send("eu", order_id="o-1")

    assert late.heard == []
    assert not subscriptions[0].connected


def test_one_of_two_subscriptions_cancelled_within_a_dispatch_leaves_the_other_one_called(walked: Signal[...]) -> None:
    late = Witness()
    subscriptions: list[Subscription] = []

    def cancel(_: object, **__: object) -> None:
        subscriptions[0].cancel()

    walked.connect(cancel)
    subscriptions += [walked.subscribe(late.method), walked.subscribe(late.method)]

    walked.send("eu", order_id="o-1")

    assert len(late.heard) == 1


def test_a_receiver_connected_within_a_dispatch_is_called_from_the_next_one_on(walked: Signal[...]) -> None:
    late = Witness()

    def connect(_: object, **__: object) -> None:
        walked.connect(late)

    walked.connect(connect)

    walked.send("eu", order_id="o-1")
    heard_at_once = list(late.heard)
    walked.send("eu", order_id="o-2")

    assert heard_at_once == []
    assert len(late.heard) == 1


def test_a_receiver_may_cancel_itself(walked: Signal[...]) -> None:
    heard: list[object] = []

    def once(sender: object, **_: object) -> None:
        heard.append(sender)
        walked.disconnect(once)

    walked.connect(once)

    walked.send("eu", order_id="o-1")
    walked.send("us", order_id="o-2")

    assert heard == ["eu"]


def test_a_receiver_may_send_the_same_signal_again(walked: Signal[...]) -> None:
    heard: list[object] = []

    def countdown(sender: int, **_: object) -> None:
        heard.append(("in", sender))
        if sender:
            walked.send(sender - 1, order_id="o-1")
        heard.append(("out", sender))

    walked.connect(countdown)

    walked.send(2, order_id="o-1")

    assert heard == [("in", 2), ("in", 1), ("in", 0), ("out", 0), ("out", 1), ("out", 2)]
