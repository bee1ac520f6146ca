from collections.abc import Iterator
from threading import Event, Thread

import pytest

from portico.signals.serial import Serial


@pytest.fixture
def done() -> list[str]:
    """What was done, in order."""
    return []


@pytest.fixture
def serial() -> Serial:
    return Serial()


@pytest.fixture
def occupied(serial: Serial, done: list[str]) -> Iterator[Event]:
    """The serial while another thread is inside an operation, until the event is set."""
    inside, go_on = Event(), Event()

    def operation() -> None:
        inside.set()
        assert go_on.wait(60)
        done.append("theirs")

    thread = Thread(target=serial.do, args=(operation,))
    thread.start()
    assert inside.wait(60)
    yield go_on
    go_on.set()
    thread.join()


def test_an_operation_is_done_when_do_returns(serial: Serial, done: list[str]) -> None:
    serial.do(lambda: done.append("a"))

    assert done == ["a"]


@pytest.mark.parametrize("verb", ["do", "post"])
def test_an_operation_asked_for_within_another_is_done_right_after_it(
    serial: Serial, done: list[str], verb: str
) -> None:
    def outer() -> None:
        done.append("outer begins")
        getattr(serial, verb)(lambda: done.append("inner"))
        done.append("outer ends")

    serial.do(outer)

    assert done == ["outer begins", "outer ends", "inner"]


def test_an_attempt_within_an_operation_is_done_at_once(serial: Serial, done: list[str]) -> None:
    def outer() -> None:
        assert serial.attempt(lambda: done.append("inner"))
        done.append("outer ends")

    serial.do(outer)

    assert done == ["inner", "outer ends"]


def test_do_waits_for_another_thread(serial: Serial, done: list[str], occupied: Event) -> None:
    waiting = Thread(target=serial.do, args=(lambda: done.append("ours"),))
    waiting.start()

    occupied.set()
    waiting.join()

    assert done == ["theirs", "ours"]


def test_post_does_not_wait_and_the_other_thread_does_it(serial: Serial, done: list[str], occupied: Event) -> None:
    serial.post(lambda: done.append("ours"))
    before = list(done)

    occupied.set()
    serial.do(lambda: done.append("last"))

    assert before == []
    assert done == ["theirs", "ours", "last"]


def test_an_attempt_is_given_up_while_another_thread_is_inside(
    serial: Serial, done: list[str], occupied: Event
) -> None:
    assert serial.attempt(lambda: done.append("ours")) is False

    occupied.set()
    serial.do(lambda: None)

    assert done == ["theirs"]


@pytest.mark.parametrize("verb", ["do", "post", "attempt"])
def test_an_operation_that_raises_does_not_block_the_next_ones(serial: Serial, done: list[str], verb: str) -> None:
    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        getattr(serial, verb)(fail)
    other = Thread(target=serial.do, args=(lambda: done.append("other thread"),))
    other.start()
    other.join(60)
    serial.do(lambda: done.append("this thread"))

    assert done == ["other thread", "this thread"]


@pytest.mark.parametrize("verb", ["do", "post", "attempt"])
def test_what_an_operation_held_is_let_go_without_the_lock(serial: Serial, done: list[str], verb: str) -> None:
    class Held:
        def __del__(self) -> None:
            other = Thread(target=serial.do, args=(lambda: done.append("finalized"),))
            other.start()
            other.join(60)

    def operation(held: Held) -> None:
        done.append("done")
        del held

    def ask() -> None:
        held = Held()
        getattr(serial, verb)(lambda: operation(held))

    ask()

    assert done == ["done", "finalized"]


def test_many_threads_do_every_operation_exactly_once(serial: Serial) -> None:
    total = [0]

    def add() -> None:
        total[0] += 1

    def work() -> None:
        for i in range(1000):
            (serial.do, serial.post)[i % 2](add)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert total == [4000]
