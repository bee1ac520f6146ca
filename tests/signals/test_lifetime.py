import gc
import sys
from collections.abc import Callable
from functools import partial
from threading import Thread
from types import FunctionType
from weakref import ref

import pytest

from portico.errors import LostReceiverWarning
from portico.signals import ANY, Ownership, Signal
from tests.signals.witness import Sender, Witness, echo, line, returned, untyped


class Slotted:
    __slots__ = ()

    def method(self, _: object) -> str:
        return "slotted"


# -- receivers ------------------------------------------------------------------------------------------------------


def test_a_bound_method_is_held_weakly(signal: Signal[...]) -> None:
    witness = Witness("a")
    signal.connect(witness.method)
    before = returned(signal)

    del witness

    assert before == ["a"]
    assert returned(signal) == []
    assert not signal.receivers
    assert signal.subscriptions == ()


def test_everything_else_is_held_strongly(signal: Signal[...]) -> None:
    signal.connect(echo("function"))
    signal.connect(Witness("object"))
    signal.connect(partial(echo("partial")))
    signal.connect(untyped(lambda _: "lambda"))
    gc.collect()

    assert returned(signal) == ["function", "object", "partial", "lambda"]


def test_a_bound_method_can_be_held_strongly(signal: Signal[...]) -> None:
    signal.connect(Witness("a").method, weak=False)
    gc.collect()

    assert returned(signal) == ["a"]


@pytest.mark.parametrize("make", [echo, Witness])
def test_everything_else_can_be_held_weakly(signal: Signal[...], make: Callable[[str], Callable[..., object]]) -> None:
    receiver = make("a")
    signal.connect(receiver, weak=True)
    before = returned(signal)

    del receiver

    assert before == ["a"]
    assert returned(signal) == []


def test_a_method_of_an_object_without_weak_references_is_held_strongly(signal: Signal[...]) -> None:
    signal.connect(Slotted().method)

    assert returned(signal) == ["slotted"]


def test_asking_for_a_weak_reference_where_there_can_be_none_fails_and_connects_nothing(signal: Signal[...]) -> None:
    with pytest.raises(TypeError, match="weak reference"):
        signal.connect(Slotted().method, weak=True)

    assert not signal.receivers


def test_a_class_method_is_connected_as_long_as_its_class_lives(signal: Signal[...]) -> None:
    class Plugin:
        @classmethod
        def hear(cls, _: object) -> str:
            return cls.__name__

    signal.connect(Plugin.hear)
    gc.collect()

    assert returned(signal) == ["Plugin"]


@pytest.mark.parametrize("undo", ["cancel", "disconnect", "disconnect from the sender"])
@pytest.mark.parametrize("sender", [ANY, "eu", Sender(), Slotted()])
def test_a_disconnected_receiver_is_not_held(signal: Signal[...], undo: str, sender: object) -> None:
    receiver = echo("a")
    signal.connect(echo("other"), sender=sender)
    subscription = signal.subscribe(receiver, sender)
    signal.send(sender)
    alive = ref(receiver)

    if undo == "cancel":
        subscription.cancel()
    else:
        signal.disconnect(receiver, sender=ANY if undo == "disconnect" else sender)
    del receiver

    assert alive() is None


def test_a_subscription_to_a_dead_sender_does_not_hold_its_receiver(signal: Signal[...]) -> None:
    receiver, sender = echo("a"), Sender()
    subscription = signal.subscribe(receiver, sender)
    alive = ref(receiver)

    del receiver, sender

    assert alive() is None
    assert not subscription.connected


def test_a_signal_goes_away_with_its_receivers() -> None:
    signal: Signal[...] = Signal("alone")
    witness = Witness()
    signal.connect(witness)
    signal.connect(witness.method)
    signal.send()
    alive = ref(signal)

    del signal
    gc.collect()

    assert alive() is None


def test_a_receiver_that_dies_is_cleared_away_without_the_garbage_collector(signal: Signal[...]) -> None:
    gc.disable()
    try:
        witness = Witness()
        subscription = ref(signal.subscribe(witness.method, sender="eu"))
        signal.send("eu")

        del witness
        signal.send("eu")

        assert subscription() is None
    finally:
        gc.enable()


def test_a_receiver_of_a_suspended_subscription_may_die(signal: Signal[...]) -> None:
    witness = Witness()
    subscription = signal.subscribe(witness.method)
    subscription.suspend()

    del witness
    subscription.resume()

    assert not subscription.connected
    assert returned(signal) == []


# -- senders --------------------------------------------------------------------------------------------------------


def test_a_sender_that_can_be_weakly_referenced_is_not_held(signal: Signal[...]) -> None:
    sender = Sender()
    signal.connect(echo("a"), sender=sender)
    signal.send(sender)
    alive = ref(sender)

    del sender

    assert alive() is None
    assert not signal.receivers
    assert not signal.subscriptions


def test_a_sender_that_cannot_be_weakly_referenced_is_held_until_the_last_disconnect(signal: Signal[...]) -> None:
    inside = Sender()
    alive = ref(inside)
    sender = (inside,)
    receiver = signal.connect(echo("a"), sender=sender)
    signal.send(sender)

    del sender, inside
    held = alive() is not None
    signal.disconnect(receiver)

    assert held
    assert alive() is None


def test_the_sender_of_a_suspended_subscription_may_die(signal: Signal[...]) -> None:
    sender = Sender()
    subscription = signal.subscribe(echo("a"), sender)
    subscription.suspend()

    del sender
    subscription.resume()

    assert not subscription.connected


def test_a_sender_keeps_its_other_subscriptions_when_one_is_suspended_and_dies_with_all(signal: Signal[...]) -> None:
    sender = Sender()
    one = signal.subscribe(echo("one"), sender)
    one.suspend()
    other = signal.subscribe(echo("other"), sender)
    one.resume()
    both = returned(signal, sender)

    del sender

    assert both == ["one", "other"]
    assert (one.connected, other.connected) == (False, False)


# -- the warning ----------------------------------------------------------------------------------------------------


def test_connecting_a_method_that_nothing_else_holds_warns_at_that_line(signal: Signal[...]) -> None:
    with pytest.warns(
        LostReceiverWarning, match=r"Witness\.method was connected to test_\d+:happened weakly"
    ) as caught:
        signal.connect(Witness().method)
    expected = line() - 1

    assert (caught[0].filename, caught[0].lineno) == (__file__, expected)
    assert not signal.receivers


def test_subscribing_warns_at_that_line_too(signal: Signal[...]) -> None:
    with pytest.warns(LostReceiverWarning) as caught:
        signal.subscribe(Witness().method, sender="eu")
    expected = line() - 1

    assert (caught[0].filename, caught[0].lineno) == (__file__, expected)


def test_a_call_over_several_lines_warns_at_the_first(signal: Signal[...]) -> None:
    with pytest.warns(LostReceiverWarning) as caught:
        signal.connect(
            Witness().method,
            order=3,
        )
    expected = line() - 4

    assert caught[0].lineno == expected


def test_each_of_several_methods_that_are_lost_in_one_line_warns(signal: Signal[...]) -> None:
    def connect() -> None:
        for name in ("a", "b"):
            signal.connect(Witness(name).method)

    with pytest.warns(LostReceiverWarning) as caught:
        connect()

    assert len(caught) == 2
    assert not signal.receivers


def test_a_lambda_that_is_connected_weakly_and_held_by_nobody_warns(signal: Signal[...]) -> None:
    with pytest.warns(LostReceiverWarning):
        signal.connect(untyped(lambda _: None), weak=True)


def test_a_sender_that_nothing_else_holds_warns_at_that_line(signal: Signal[...]) -> None:
    with pytest.warns(LostReceiverWarning, match="for a sender that nothing else holds") as caught:
        signal.connect(echo("a"), sender=Sender())
    expected = line() - 1

    assert (caught[0].filename, caught[0].lineno) == (__file__, expected)
    assert not signal.receivers


def test_a_sender_that_nothing_else_holds_warns_for_an_owned_receiver_too(signal: Signal[...]) -> None:
    with Ownership("audit"), pytest.warns(LostReceiverWarning):
        signal.connect(Witness().method, sender=Sender())

    assert not signal.receivers


def test_where_warnings_are_errors_the_loss_is_unraisable_and_nothing_is_left(
    signal: Signal[...], monkeypatch: pytest.MonkeyPatch
) -> None:
    swallowed: list[object] = []

    # Here and not in a fixture, because pytest before 8.4 puts a hook of its own around the test alone.
    with monkeypatch.context() as patched:
        patched.setattr(sys, "unraisablehook", lambda unraisable: swallowed.append(unraisable.exc_value))
        signal.connect(Witness().method)  # As in all our tests, warnings are errors.

    assert [type(error) for error in swallowed] == [LostReceiverWarning]
    assert not signal.receivers


def test_what_dies_in_a_later_line_does_not_warn(signal: Signal[...]) -> None:
    witness, sender = Witness(), Sender()
    signal.connect(witness.method)
    signal.connect(echo("a"), sender=sender)

    del sender
    del witness

    assert not signal.receivers


def test_what_dies_in_a_line_that_has_connected_something_else_since_does_not_warn(signal: Signal[...]) -> None:
    kept = [Sender()]

    for step in (0, 1):
        signal.connect(echo("a"), sender=ANY if step else kept[0]), step and kept.pop()

    assert returned(signal) == ["a"]


def test_what_dies_in_another_thread_does_not_warn(signal: Signal[...]) -> None:
    kept = [Witness()]
    signal.connect(kept[0].method)

    thread = Thread(target=kept.clear)
    thread.start()
    thread.join()

    assert not signal.receivers


def test_what_is_remembered_of_the_last_connecting_keeps_nothing_alive() -> None:
    witness, signal = Witness(), Signal[...]("alone")
    signal.connect(witness.method)
    alive = ref(signal)

    del signal
    gc.collect()

    assert alive() is None
    assert not witness.heard


def test_methods_of_objects_that_live_do_not_warn(signal: Signal[...]) -> None:
    witness = Witness("a")

    class Plugin:
        def __init__(self) -> None:
            signal.connect(self.hear)
            signal.connect(receiver=self.hear)

        def hear(self, _: object) -> str:
            return "plugin"

    signal.connect(witness.method)
    signal.subscribe(witness.method)
    method = Witness("b").method
    signal.connect(method)
    plugins = [Plugin()]
    signal.connect(Witness("c").method, weak=False)

    assert returned(signal) == ["a", "b", "plugin", "c"]
    assert plugins


def test_a_function_that_is_connected_weakly_by_a_decorator_does_not_warn(signal: Signal[...]) -> None:
    @signal.connect(weak=True)
    def one(_: object) -> str:
        return "one"

    @signal.connect_via("eu", weak=True)
    def two(_: object) -> str:
        return "two"

    assert isinstance(one, FunctionType)
    assert isinstance(two, FunctionType)
    assert returned(signal, "eu") == ["one", "two"]
