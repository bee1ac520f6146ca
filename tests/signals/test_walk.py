"""What may happen while a plan of strongly held receivers is walked, which is done without asking each of them."""

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest

from portico.signals import ANY, Namespace, Ownership, Signal, Subscription, put_in_order
from tests.signals.witness import echo

Ending = Callable[[Signal[...], Subscription], object]

# Short plans of an undeclared signal are walked by hand, long ones by a generated loop, as all declared ones are.
SIZES = (3, 8)
ENDINGS: dict[str, Ending] = {
    "cancel": lambda _, subscription: subscription.cancel(),
    "suspend": lambda _, subscription: subscription.suspend(),
    "put_in_order": lambda signal, subscription: put_in_order([signal.subscribe(echo("last")), subscription]),
    "disconnect": lambda signal, subscription: signal.disconnect(subscription.receiver),  # type: ignore[arg-type]
}


@pytest.fixture(params=["undeclared", "declared", "isolating"])
def happened(request: pytest.FixtureRequest, namespace: Namespace) -> Signal[...]:
    if request.param == "undeclared":
        return namespace.signal("happened")

    @namespace.signal(policy="isolate" if request.param == "isolating" else "default")
    def happened(sender: object, /, *, number: int) -> None:
        """Sent when something happened."""

    return happened


@pytest.fixture(params=["send", "send_async"])
def send(request: pytest.FixtureRequest, happened: Signal[...]) -> Callable[[], list[Any]]:
    """Send once, and return the values."""
    if request.param == "send":
        return lambda: [value for _, value in happened.send("eu", number=1)]
    return lambda: [value for _, value in asyncio.run(happened.send_async("eu", number=1))]


class Row:
    """Receivers that return their places; some do something first."""

    def __init__(self, signal: Signal[...], size: int, *, weak: tuple[int, ...] = (), sender: object = ANY) -> None:
        self.heard: list[int] = []
        self.acts: dict[int, Callable[[], object]] = {}
        self.receivers = [self._receiver(place) for place in range(size)]
        self.subscriptions = [
            signal.subscribe(receiver, sender, weak=place in weak) for place, receiver in enumerate(self.receivers)
        ]

    def _receiver(self, place: int) -> Callable[..., int]:
        heard, acts = self.heard, self.acts  # Not the row: weak receivers are to go with it at once.

        def receive(sender: object, **payload: object) -> int:
            heard.append(place)
            act = acts.get(place)
            if act is not None:
                act()
            return place

        return receive


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("weak", [(), (0,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("size", SIZES)
def test_a_receiver_that_an_earlier_one_ends_is_neither_called_nor_in_the_results(
    happened: Signal[...], send: Callable[[], list[Any]], size: int, weak: tuple[int, ...], ending: str
) -> None:
    row = Row(happened, size, weak=weak)
    row.acts[0] = lambda: ENDINGS[ending](happened, row.subscriptions[2])

    values = send()
    row.acts.clear()

    assert row.heard == values == [place for place in range(size) if place != 2]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", SIZES)
def test_a_receiver_that_ends_itself_keeps_its_result(
    happened: Signal[...], send: Callable[[], list[Any]], size: int, ending: str
) -> None:
    row = Row(happened, size)
    row.acts[1] = lambda: ENDINGS[ending](happened, row.subscriptions[1])

    values = send()

    assert row.heard == values == [*range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_a_receiver_that_is_suspended_and_resumed_within_a_walk_is_called_by_the_next(
    happened: Signal[...], send: Callable[[], list[Any]], size: int
) -> None:
    row = Row(happened, size)

    def suspend_and_resume() -> None:
        row.subscriptions[1].suspend()
        row.subscriptions[1].resume()

    row.acts[0] = suspend_and_resume

    first = send()
    row.acts.clear()
    second = send()

    assert first == [place for place in range(size) if place != 1]
    assert second == [*range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_a_receiver_with_another_subscription_left_is_called_all_the_same(
    happened: Signal[...], send: Callable[[], list[Any]], size: int
) -> None:
    row = Row(happened, size)
    second = happened.subscribe(row.receivers[1], "eu")
    row.acts[0] = row.subscriptions[1].cancel

    values = send()
    row.acts[0] = second.cancel
    values_after = send()

    assert values == [*range(size)]
    assert values_after == [place for place in range(size) if place != 1]


@pytest.mark.parametrize("size", SIZES)
def test_muting_takes_effect_with_the_next_send_and_not_in_a_walk(
    happened: Signal[...], send: Callable[[], list[Any]], size: int
) -> None:
    row = Row(happened, size)
    muted = happened.muted()
    row.acts[0] = muted.__enter__

    first = send()
    row.acts.clear()
    second = send()
    muted.__exit__(None, None, None)
    third = send()

    assert (first, second, third) == ([*range(size)], [], [*range(size)])


@pytest.mark.parametrize("size", SIZES)
def test_a_send_within_a_send_loses_for_both_what_is_cancelled_in_it(happened: Signal[...], size: int) -> None:
    row = Row(happened, size)
    inner: list[Any] = []

    def send_again() -> None:
        row.acts[0] = row.subscriptions[2].cancel
        inner.extend(value for _, value in happened.send("eu", number=2))

    row.acts[0] = send_again
    outer = [value for _, value in happened.send("eu", number=1)]

    assert inner == outer == [place for place in range(size) if place != 2]


@pytest.mark.parametrize("size", SIZES)
def test_a_tap_attached_in_a_walk_sees_the_next_send(happened: Signal[...], size: int) -> None:
    row = Row(happened, size)
    seen: list[list[Any]] = []
    row.acts[0] = lambda: happened.tap(lambda report: seen.append([each.value for each in report.receptions]))

    happened.send("eu", number=1)
    row.acts[0] = row.subscriptions[1].cancel
    happened.send("eu", number=1)

    assert seen == [[place for place in range(size) if place != 1]]


@pytest.mark.parametrize("size", SIZES)
def test_the_failure_of_a_plugins_receiver_keeps_its_place_beside_one_that_is_cancelled(
    happened: Signal[...], send: Callable[[], list[Any]], size: int
) -> None:
    broken = ValueError("broken")

    def fail() -> None:
        row.subscriptions[2].cancel()
        raise broken

    with Ownership("audit"):
        row = Row(happened, size)
    row.acts[1] = fail

    values = send()

    expected: list[Any] = [place for place in range(size) if place not in {1, 2}]
    if happened.policy == "isolate":
        expected.insert(1, broken)
    assert values == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_receiver_for_one_sender_is_cancelled_in_that_senders_walk(happened: Signal[...], size: int) -> None:
    everyone = Row(happened, 1)
    row = Row(happened, size, sender="eu")
    everyone.acts[0] = row.subscriptions[1].cancel

    values = [value for _, value in happened.send("eu", number=1)]

    assert values == [0, *(place for place in range(size) if place != 1)]


@pytest.mark.parametrize("size", SIZES)
def test_another_thread_cancels_in_a_walk(happened: Signal[...], size: int) -> None:
    row = Row(happened, size)

    def cancel_elsewhere() -> None:
        thread = threading.Thread(target=row.subscriptions[1].cancel)
        thread.start()
        thread.join()

    row.acts[0] = cancel_elsewhere

    assert [value for _, value in happened.send("eu", number=1)] == [place for place in range(size) if place != 1]


@pytest.mark.parametrize("size", SIZES)
def test_a_cancelled_receiver_is_not_called_while_another_thread_keeps_it_in_the_books(
    happened: Signal[...], size: int
) -> None:
    row = Row(happened, size)
    inside, done = threading.Event(), threading.Event()

    def change() -> None:
        inside.set()
        done.wait(60)

    changing = threading.Thread(target=happened._registry._serial.do, args=[change])
    changing.start()
    inside.wait(60)

    row.subscriptions[1].cancel()
    values = [value for _, value in happened.send("eu", number=1)]
    linked = row.subscriptions[1]._linked
    done.set()
    changing.join()

    assert linked
    assert values == [place for place in range(size) if place != 1]


def test_all_receivers_of_a_walk_can_be_cancelled_in_it(happened: Signal[...], send: Callable[[], list[Any]]) -> None:
    row = Row(happened, 6)

    def cancel_all() -> None:
        for subscription in row.subscriptions:
            subscription.cancel()

    row.acts[0] = cancel_all

    assert send() == [0]
    assert send() == []


def test_a_receiver_that_a_declaration_refuses_in_a_walk_is_not_called(
    namespace: Namespace, swallowed: list[BaseException | None]
) -> None:
    signal = namespace.signal("late")
    heard: list[str] = []

    def declare(sender: object, **payload: object) -> None:
        @namespace.signal
        def late(sender: object, /, *, number: int) -> None: ...

    def unfit(sender: object, letter: str, **payload: object) -> None:
        heard.append(letter)

    signal.connect(declare)
    signal.connect(unfit)
    results = signal.send("eu", letter="a")

    assert [receiver for receiver, _ in results] == [declare]
    assert heard == []


def test_the_results_name_the_receivers_as_they_were_connected(happened: Signal[...]) -> None:
    class Room:
        def hear(self, sender: object, **payload: object) -> None: ...

    room = Room()
    happened.connect(room.hear, weak=False)

    assert [receiver for receiver, _ in happened.send("eu", number=1)] == [room.hear]


@pytest.mark.parametrize("senders", [1, 20])
def test_no_plan_keeps_a_receiver_that_was_cancelled(happened: Signal[...], senders: int) -> None:
    def receive(sender: object, **payload: object) -> None: ...

    gone = ref(receive)
    rows = [Row(happened, 1, sender=f"sender {number}") for number in range(senders)]
    subscription = happened.subscribe(receive)
    for number in range(senders):
        happened.send(f"sender {number}", number=1)
    assert sum(len(row.heard) for row in rows) == senders

    subscription.cancel()
    del receive

    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("senders", [1, 20])
def test_plans_that_no_send_walks_any_more_are_forgotten(happened: Signal[...], senders: int) -> None:
    rows = [Row(happened, 2, sender=f"sender {number}") for number in range(senders)]

    for number in range(senders):
        happened.send(f"sender {number}", number=1)
    kept = len(happened._registry._walked._plans)
    happened.subscribe(rows[0].receivers[0])

    assert kept == senders
    assert len(happened._registry._walked._plans) == 0
