import asyncio
import gc
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import FrameType
from typing import Any, NoReturn
from unittest.mock import MagicMock
from weakref import ref

import pytest

from portico.errors import AsyncReceiverError
from portico.signals import ANY, Namespace, Signal
from tests.signals.witness import Sender, Witness, called, echo, returned, size


@pytest.mark.parametrize("sender", [0, False, 0.0, "", None, ()])
def test_a_falsy_sender_is_not_taken_for_any(signal: Signal[...], sender: object) -> None:
    receiver = signal.connect(echo("a"), sender=sender)

    assert called(signal, "eu") == []
    assert called(signal, sender) == [receiver]
    assert signal.disconnect(receiver, sender="eu") is False


def test_an_int_equal_to_the_id_of_an_object_does_not_match_it(signal: Signal[...]) -> None:
    sender = Sender()
    signal.connect(echo("object"), sender=sender)
    signal.connect(echo("number"), sender=id(sender))

    assert returned(signal, sender) == ["object"]
    assert returned(signal, id(sender)) == ["number"]


def test_the_id_of_a_dead_sender_that_is_used_again_does_not_match(signal: Signal[...]) -> None:
    reused = 0
    for _ in range(200):
        sender = Sender()
        key = id(sender)
        signal.connect(echo("dead"), sender=sender)
        assert returned(signal, sender) == ["dead"]
        del sender

        newcomer = Sender()

        reused += id(newcomer) == key
        assert returned(signal, newcomer) == []
        del newcomer
    assert reused, "the test needs an id that is used again"


def test_the_id_of_a_dead_receiver_that_is_used_again_does_not_match(signal: Signal[...]) -> None:
    reused = 0
    for _ in range(200):
        receiver = Witness("dead")
        key = id(receiver)
        signal.connect(receiver, weak=True)
        del receiver

        newcomer = Witness("new")
        reused += id(newcomer) == key
        signal.connect(newcomer)

        assert returned(signal) == ["new"]
        assert signal.disconnect(newcomer)
        assert not signal.receivers
    assert reused, "the test needs an id that is used again"


def test_connected_to_a_sender_does_not_drop_other_subscriptions_of_the_receiver(signal: Signal[...]) -> None:
    receiver = signal.connect(echo("a"))
    signal.connect(receiver, sender="eu")

    with signal.connected_to(receiver, sender="eu"):
        pass

    assert called(signal, "eu") == called(signal, "us") == [receiver]
    assert len(signal.subscriptions) == 2


def test_muted_nests(signal: Signal[...]) -> None:
    signal.connect(echo("a"))

    with signal.muted():
        with signal.muted():
            twice = returned(signal)
        once = returned(signal)

    assert (twice, once, returned(signal)) == ([], [], ["a"])


def test_a_later_weak_connection_does_not_kill_an_earlier_strong_one(signal: Signal[...]) -> None:
    receiver = echo("a")
    signal.connect(receiver)
    signal.connect(receiver, weak=True)

    del receiver
    gc.collect()

    assert returned(signal) == ["a"]


def test_a_later_strong_connection_keeps_a_receiver_that_was_weak(signal: Signal[...]) -> None:
    witness = Witness("a")
    signal.connect(witness.method)
    signal.connect(witness.method, sender="eu", weak=False)

    del witness
    gc.collect()

    assert returned(signal, "eu") == ["a"]


def test_a_strong_receiver_does_not_leak_after_disconnecting_from_a_sender(signal: Signal[...]) -> None:
    receiver, sender = echo("a"), Sender()
    signal.connect(receiver, sender=sender)
    signal.connect(echo("other"), sender=sender)
    signal.send(sender)
    alive = ref(receiver)

    signal.disconnect(receiver, sender=sender)
    del receiver

    assert alive() is None


def test_the_truth_of_receivers_is_not_stale_after_disconnect(signal: Signal[...]) -> None:
    receiver = signal.connect(echo("a"), sender="eu")
    before = bool(signal.receivers)

    signal.disconnect(receiver)

    assert before
    assert not signal.receivers


def test_the_truth_of_receivers_is_not_stale_after_the_death_of_a_sender_or_receiver(signal: Signal[...]) -> None:
    sender, witness = Sender(), Witness()
    signal.connect(echo("a"), sender=sender)
    signal.connect(witness.method)
    counts = [len(signal.receivers)]

    del sender
    counts.append(len(signal.receivers))
    del witness

    assert counts == [2, 1]
    assert not signal.receivers


def test_empty_buckets_do_not_grow(signal: Signal[...]) -> None:
    receiver = echo("a")

    for i in range(1000):
        signal.connect(receiver, sender=i)
        signal.send(i)
        signal.disconnect(receiver, sender=i)
        signal.connect(receiver, sender=(sender := Sender()))
        signal.send(sender)
        del sender
        with signal.connected_to(echo("b")):
            signal.send(i)
        signal.connect(Witness().method, sender=i, weak=False)
        signal.subscriptions[-1].cancel()
    signal.send()

    assert size(signal) == 0


def lines_run_by(action: Callable[[], object]) -> int:
    """Return how many lines of Python an action runs."""
    lines = [0]

    def count(_: FrameType, event: str, __: object) -> Any:
        lines[0] += event == "line"
        return count

    before = sys.gettrace()
    gc.collect()
    gc.disable()  # What a collection calls back is none of the action's.
    sys.settrace(count)
    try:
        action()
    finally:
        sys.settrace(before)
        gc.enable()
    return lines[0]


@pytest.mark.parametrize("everyone", [False, True])
def test_connecting_and_disconnecting_costs_the_same_among_few_and_many_senders(
    namespace: Namespace, *, everyone: bool
) -> None:
    receiver = echo("a")

    def costs(senders: int) -> tuple[int, int]:
        signal = namespace.signal(f"of {senders}")
        for i in range(senders):
            signal.connect(echo(str(i)), sender=ANY if everyone else i)
        connect = lines_run_by(lambda: signal.connect(receiver, sender="eu"))
        return connect, lines_run_by(lambda: signal.disconnect(receiver, sender="eu"))

    costs(1)

    assert costs(10) == costs(1000)


@pytest.mark.parametrize("sender", [ANY, "eu"])
def test_a_raising_receiver_of_receiver_connected_leaves_no_half_connection(
    signal: Signal[...], sender: object
) -> None:
    def refuse(_: object, **__: object) -> NoReturn:
        raise PermissionError

    signal.receiver_connected.connect(refuse)

    with pytest.raises(PermissionError):
        signal.connect(echo("a"), sender=sender)

    assert not signal.receivers
    assert returned(signal, sender) == []
    assert size(signal) == 0


def test_a_coroutine_receiver_is_found_before_others_have_run(signal: Signal[...]) -> None:
    first = Witness()
    signal.connect(first)

    @signal.connect
    async def last(_: object) -> None: ...

    async def main() -> None:
        signal.send()

    with pytest.raises(AsyncReceiverError):
        asyncio.run(main())
    assert first.heard == []


def test_an_async_call_is_awaited(signal: Signal[...]) -> None:
    class Receiver:
        async def __call__(self, sender: object) -> object:
            await asyncio.sleep(0)
            return sender

    receiver = signal.connect(Receiver())

    assert signal.send("s") == [(receiver, "s")]
    assert asyncio.run(signal.send_async("s")) == [(receiver, "s")]


@pytest.mark.parametrize("name", ["sender", "self", "class", "lambda", "None", "signal", "args"])
@pytest.mark.parametrize("verb", ["send", "collect", "send_isolated", "check"])
def test_a_payload_field_may_be_called_sender_self_or_a_keyword(signal: Signal[...], verb: str, name: str) -> None:
    witness = Witness()
    signal.connect(witness)

    getattr(signal, verb)("s", **{name: 1})

    assert witness.heard == ([] if verb == "check" else [("s", {name: 1})])


@pytest.mark.parametrize("name", ["sender", "self", "class"])
def test_an_awaited_payload_field_may_be_called_sender_self_or_a_keyword(signal: Signal[...], name: str) -> None:
    witness = Witness()
    signal.connect(witness)

    asyncio.run(signal.send_async("s", **{name: 1}))

    assert witness.heard == [("s", {name: 1})]


@pytest.mark.parametrize("tapped", [False, True])
def test_the_send_of_a_signal_can_be_a_receiver(
    signal: Signal[...], order_placed: Signal[...], *, tapped: bool
) -> None:
    source: Signal[...] = Signal("source")
    if tapped:
        source.tap(lambda _: None)
    witness = Witness("heard")
    signal.connect(witness)
    order_placed.connect(witness)

    source.connect(signal.send)
    source.connect(order_placed.send)
    source.send("eu", order_id="o-1", total=3)

    assert witness.heard == [("eu", {"order_id": "o-1", "total": 3})] * 2
    assert source.disconnect(signal.send)
    assert source.disconnect(order_placed.send)
    assert not source.receivers


def test_the_send_of_a_signal_that_is_declared_later_can_be_a_receiver(namespace: Namespace) -> None:
    source, target = namespace.signal("source"), namespace.signal("target")
    source.connect(target.send)
    witness = Witness()

    @namespace.signal(name="target")
    def declared(sender: object, /, *, order_id: str) -> None: ...

    declared.connect(witness)
    source.send("eu", order_id="o-1")

    assert witness.heard == [("eu", {"order_id": "o-1"})]


def test_a_magic_mock_is_not_taken_for_a_coroutine(signal: Signal[...]) -> None:
    mock = MagicMock(return_value=7)
    signal.connect(mock)

    assert returned(signal, "s") == [7]
    mock.assert_called_once_with("s")


def test_one_name_is_one_signal_for_two_threads(namespace: Namespace) -> None:
    for i in range(100):
        start = Barrier(2)

        def ask(name: str = str(i), start: Barrier = start) -> Signal[...]:
            start.wait()
            return namespace.signal(name)

        with ThreadPoolExecutor(2) as pool:
            one, other = pool.submit(ask), pool.submit(ask)
            assert one.result() is other.result()


def test_no_code_of_a_receiver_is_run_in_connecting_and_disconnecting(signal: Signal[...]) -> None:
    class Hostile:
        def __call__(self, _: object) -> str:
            return "called"

        def __eq__(self, other: object) -> NoReturn:
            raise AssertionError

        def __hash__(self) -> NoReturn:
            raise AssertionError

        def __bool__(self) -> NoReturn:
            raise AssertionError

        def __repr__(self) -> NoReturn:
            raise AssertionError

        def method(self, _: object) -> str:
            return "method"

    receiver = Hostile()
    signal.connect(receiver)
    signal.connect(receiver.method)
    signal.connect(receiver, sender="eu")

    assert returned(signal, "eu") == ["called", "method"]
    assert len(signal.receivers) == 2
    assert repr(signal.subscriptions[0])
    assert signal.disconnect(receiver)
    assert signal.disconnect(receiver.method)
    assert not signal.receivers


def test_non_ascii_names_are_not_normalised(signal: Signal[...]) -> None:
    witness = Witness()
    for _ in range(5):
        signal.connect(Witness())
    signal.connect(witness)

    payload = {"ﬁ": 1}
    signal.send("s", **payload)

    assert witness.heard == [("s", payload)]


def test_a_plan_for_nobody_is_no_stamp_that_outlives_a_connection(signal: Signal[...]) -> None:
    signal.connect(echo("eu"), sender="eu")
    before = returned(signal, "eu")
    receiver = signal.connect(echo("any"))
    between = returned(signal, "eu")
    signal.disconnect(receiver)
    after = returned(signal, "eu")
    signal.connect(echo("again"))

    assert (before, between, after, returned(signal, "eu")) == (["eu"], ["eu", "any"], ["eu"], ["eu", "again"])


def test_the_engine_warns_of_nothing_in_ordinary_use(signal: Signal[...]) -> None:
    witness = Witness()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        signal.connect(witness.method)
        signal.send("s", a=1)
        signal.disconnect(witness.method)

    assert caught == []
