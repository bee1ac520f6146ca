import gc
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from portico.signals import Namespace, Ownership, Signal
from tests.signals.witness import Sender, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")

THREADS = 4
ROUNDS = 200


@pytest.fixture(autouse=True)
def _switching_often() -> Iterator[None]:
    """Let threads take turns as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def run(*works: Callable[[], None]) -> list[BaseException]:
    """Do several works, each in a thread of its own and all at once; return what they raised."""
    start = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def begin(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test fails with it
            errors.append(error)

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


class Recipient:
    """A receiver for one sender, which it gets to know by its number only, so as not to keep it alive."""

    def __init__(self, expected: int) -> None:
        self.expected = expected

    def hear(self, sender: Any, **payload: Any) -> int:
        assert payload["number"] == self.expected, "a send was misdelivered"
        return self.expected


@pytest.mark.parametrize("declared", [False, True])
def test_nothing_is_lost_or_misdelivered_while_threads_connect_send_and_cancel(
    namespace: Namespace, swallowed: list[BaseException | None], *, declared: bool
) -> None:
    if declared:

        @namespace.signal(name="soak")
        def soak(sender: object, /, *, number: int) -> None: ...

    signal = namespace.signal("soak")
    common = [signal.connect(untyped(lambda _, number, name=name: (name, number)), order=name) for name in (-1, 1)]
    shared = [Sender() for _ in range(3)]

    def expect(sender: object, number: int, own: list[object]) -> None:
        values = [value for _, value in signal.send(sender, number=number)]
        assert [value for value in values if value in own or isinstance(value, tuple)] == [
            (-1, number),
            *own,
            (1, number),
        ], (values, own)

    def work(thread: int) -> None:
        for i in range(ROUNDS):
            number = thread * ROUNDS + i
            private, weak, strong = Sender(), Recipient(number), Recipient(number)
            signal.connect(weak.hear, sender=private)
            subscription = signal.subscribe(strong.hear, private, weak=False)
            expect(private, number, [number, number])
            subscription.suspend()
            expect(private, number, [number])
            subscription.resume()
            del weak
            expect(private, number, [number])
            with signal.connected_to(untyped(lambda _, mine=f"mine {number}": mine), sender=shared[i % 3]):
                expect(shared[i % 3], number, [f"mine {number}"])
            subscription.cancel()
            expect(private, number, [])
            with Ownership("plugin", rank=1) as owned:
                signal.connect(Recipient(number).hear, sender=private)
            expect(private, number, [number])
            if i % 2:
                owned.cancel()
            if i % 50 == 0:
                gc.collect()

    errors = run(*(partial(work, thread) for thread in range(THREADS)))
    gc.collect()
    signal.send(None, number=0)

    assert errors == []
    assert swallowed == []
    assert list(signal.receivers) == common
    assert len(signal._registry._by_sender) == 0
    assert len(signal._registry._by_receiver) == 2


def test_taps_mutes_and_overrides_come_and_go_while_threads_send(
    signal: Signal[...], swallowed: list[BaseException | None]
) -> None:
    signal.connect(untyped(lambda _, number: number))
    signal.connect(untyped(lambda _, number: number), sender="eu")
    stop = threading.Event()

    def send() -> None:
        try:
            for i in range(ROUNDS * 5):
                values = [value for _, value in signal.send("eu", number=i)]
                assert values in ([i, i], []), values
        finally:
            stop.set()

    def disturb() -> None:
        while not stop.is_set():
            detach = signal.tap(lambda _: None)
            undo = signal.override_policy("isolate")
            with signal.muted():
                detach()
            undo()

    errors = run(send, send, disturb, disturb)

    assert errors == []
    assert swallowed == []
    assert [value for _, value in signal.send("eu", number=7)] == [7, 7]
    assert signal.policy == "default"
    assert not signal._registry._observed
    assert signal._registry._muted == {}


def test_a_signal_may_be_declared_while_threads_send_and_connect(
    namespace: Namespace, swallowed: list[BaseException | None]
) -> None:
    for i in range(40):
        signal = namespace.signal(f"late {i}")
        signal.connect(untyped(lambda _, number: number))
        send = signal.send
        declared = threading.Event()

        def declare(name: str = signal.name, declared: threading.Event = declared) -> None:
            @namespace.signal(name=name)
            def late(sender: object, /, *, number: int) -> None: ...

            declared.set()

        def work(
            signal: Signal[...] = signal, send: Callable[..., Any] = send, declared: threading.Event = declared
        ) -> None:
            over = False
            while not over:
                over = declared.is_set()
                assert send("eu", number=1)[0][1] == 1
                assert signal.send("eu", number=2)[0][1] == 2
                with signal.connected_to(untyped(lambda number, **_: -number)):
                    assert {abs(value) for _, value in signal.send("eu", number=3)} == {3}

        errors = run(work, work, declare)

        assert errors == []
    assert swallowed == []


def test_a_receiver_that_does_not_fit_is_never_left_connected_by_a_declaration_at_the_same_time(
    namespace: Namespace,
) -> None:
    def unfit(sender: object, colour: str) -> None: ...

    for i in range(40):
        signal = namespace.signal(f"late {i}")

        def declare(name: str = signal.name) -> None:
            @namespace.signal(name=name)
            def late(sender: object, /, *, number: int) -> None: ...

        def connect(signal: Signal[...] = signal) -> None:
            for _ in range(50):
                try:
                    signal.connect(unfit)
                except TypeError:
                    return

        run(declare, connect, connect)

        assert not signal.receivers


def test_one_subscription_may_be_switched_by_many_threads(signal: Signal[...]) -> None:
    for _ in range(100):
        subscription = signal.subscribe(untyped(lambda _: "heard"))
        errors = run(subscription.suspend, subscription.resume, subscription.suspend, subscription.resume)
        subscription.resume()
        assert errors == []
        assert len(signal.send()) == 1

        run(subscription.suspend, subscription.resume, subscription.cancel)

        subscription.resume()
        assert signal.send() == []
        assert not subscription.connected
        assert not signal.subscriptions
