"""Traps of other libraries that only threads and finalizers run into."""

import gc
import numbers
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest

from portico.signals import Signal
from tests.signals.witness import Sender, Witness, echo, returned, size


class Gate(numbers.Number):
    """A sender that is compared by value, and whose `__hash__` holds up the thread that connects it."""

    def __init__(self) -> None:
        self.inside, self.go_on = Event(), Event()

    def __hash__(self) -> int:
        self.inside.set()
        assert self.go_on.wait(60)
        return 1


@pytest.fixture
def connecting(signal: Signal[...]) -> Iterator[Gate]:
    """A signal in which another thread is just connecting somebody, and does not get on."""
    gate = Gate()
    thread = Thread(target=signal.connect, args=(echo("gate"), gate))
    thread.start()
    assert gate.inside.wait(60)
    yield gate
    gate.go_on.set()
    thread.join()


def test_a_send_never_waits_for_a_thread_that_connects(signal: Signal[...], connecting: Gate) -> None:
    assert returned(signal) == []
    assert returned(signal, "eu", a=1) == []
    assert not signal.receivers

    connecting.go_on.set()


def test_cancelling_never_waits_for_a_thread_that_connects(signal: Signal[...]) -> None:
    receiver, witness = signal.connect(echo("a")), Witness("b")
    subscription = signal.subscribe(echo("c"), "eu")
    signal.connect(witness.method)
    gate = Gate()
    thread = Thread(target=signal.connect, args=(echo("gate"), gate))
    thread.start()
    assert gate.inside.wait(60)

    subscription.cancel()
    signal.disconnect(receiver)
    del witness
    heard = returned(signal, "eu")
    listed = signal.receivers, subscription.connected
    gate.go_on.set()
    thread.join()

    assert heard == []
    assert listed == ((), False)
    assert [one.sender for one in signal.subscriptions] == [gate]
    assert size(signal) == 2


def test_a_plan_built_while_another_thread_connects_is_not_kept(signal: Signal[...], connecting: Gate) -> None:
    signal.send("eu")
    connecting.go_on.set()
    signal.connect(echo("a"))

    assert returned(signal, "eu") == ["a"]
    assert returned(signal, connecting) == ["gate", "a"]


class Finalized:
    """Does something when it goes away, at whatever moment that is."""

    def __init__(self, finalize: Any) -> None:
        self.finalize = finalize
        self.cycle = self

    def __del__(self) -> None:
        self.finalize()


def test_a_finalizer_may_do_anything_with_the_signal_at_any_moment(
    signal: Signal[...], swallowed: list[BaseException | None]
) -> None:
    witness = Witness()

    def everything() -> None:
        subscription = signal.subscribe(echo("late"), order=-1)
        signal.send("eu")
        subscription.suspend()
        subscription.resume()
        with signal.muted():
            signal.send("eu")
        subscription.cancel()
        signal.tap(lambda _: None)()

    thresholds = gc.get_threshold()
    gc.set_threshold(3, 1, 1)
    try:
        for i in range(300):
            Finalized(everything)
            subscription = signal.subscribe(witness, i % 3)
            signal.send(i % 3)
            subscription.cancel()
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()

    assert swallowed == []
    assert len(witness.heard) == 300
    assert not signal.receivers
    assert size(signal) == 0


def test_what_a_disconnected_receiver_owned_is_finalized_outside_the_lock(signal: Signal[...]) -> None:
    finalized: list[bool] = []

    def connect(done: Event) -> None:
        signal.connect(echo("from a thread"))
        done.set()

    class Plugin:
        def hear(self, _: object) -> None: ...

        def __del__(self) -> None:
            done = Event()
            thread = Thread(target=connect, args=(done,))
            thread.start()
            finalized.append(done.wait(60))
            thread.join()

    sender = Sender()
    signal.connect(Plugin().hear, weak=False)
    signal.connect(Plugin().hear, sender=sender, weak=False)
    signal.send(sender)

    del sender
    by_the_death_of_its_sender = list(finalized)
    signal.subscriptions[0].cancel()

    assert by_the_death_of_its_sender == [True]
    assert finalized == [True, True]
