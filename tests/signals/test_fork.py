"""What a forked child inherits: the subscriptions, and nothing that another thread of its parent is at."""

import os
import warnings
from asyncio import get_running_loop, wait_for
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from signal import alarm
from threading import Event, Thread

from portico.signals import Mutex, Signal
from portico.signals.serial import _mutexes
from tests.signals.witness import echo, returned


def in_child(act: Callable[[], object]) -> int:
    """Return how a forked child ends: 0 if `act` returned something true there within half a minute."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # From 3.12 on, for a parent that has threads.
        child = os.fork()
    if child == 0:
        alarm(30)
        os._exit(0 if act() else 1)
    return os.waitpid(child, 0)[1]


@contextmanager
def in_thread(work: Callable[[Event, Event], object]) -> Iterator[None]:
    """Let another thread set its first event and then wait for the second for the length of a `with` block."""
    inside, go_on = Event(), Event()
    thread = Thread(target=work, args=(inside, go_on))
    thread.start()
    assert inside.wait(60)
    yield
    go_on.set()
    thread.join()


def connects(signal: Signal[...]) -> bool:
    """Tell whether a receiver can be connected and disconnected."""
    subscription = signal.subscribe(echo("child"))
    heard = returned(signal)
    subscription.cancel()
    return "child" in heard and "child" not in returned(signal)


def test_a_child_forked_while_another_thread_connects_can_connect(signal: Signal[...]) -> None:
    stop = Event()

    def churn(inside: Event, _: Event) -> None:
        inside.set()
        while not stop.is_set():
            signal.subscribe(echo("churn")).cancel()

    with in_thread(churn):
        ends = {in_child(lambda: connects(signal)) for _ in range(20)}
        stop.set()

    assert ends == {0}


def test_a_child_forked_in_the_middle_of_an_operation_finishes_it(signal: Signal[...]) -> None:
    begun: list[int] = []

    def observe(inside: Event, go_on: Event) -> None:
        def wanted() -> bool:
            begun.append(os.getpid())
            if len(begun) == 1:
                inside.set()
                assert go_on.wait(60)
            return True

        signal._registry.observe(wanted)

    with in_thread(observe):
        end = in_child(lambda: begun[1:] == [os.getpid()] and signal._registry._observed and connects(signal))
        parents = list(begun)

    assert end == 0
    assert parents == [os.getpid()]


def test_a_child_is_not_muted_by_a_thread_that_it_does_not_have(signal: Signal[...]) -> None:
    signal.connect(echo("a"))

    def mute(inside: Event, go_on: Event) -> None:
        with signal.muted():
            inside.set()
            assert go_on.wait(60)

    with in_thread(mute):
        end = in_child(lambda: returned(signal) == ["a"])
        meanwhile = returned(signal)

    assert end == 0
    assert meanwhile == []


def test_a_child_forked_inside_a_muted_block_stays_muted_until_its_end(signal: Signal[...]) -> None:
    signal.connect(echo("a"))
    heard = []

    def inside_and_after() -> bool:
        heard.append(returned(signal))
        block.close()
        heard.append(returned(signal))
        return heard == [[], ["a"]]

    with ExitStack() as block:
        block.enter_context(signal.muted())
        end = in_child(inside_and_after)

    assert end == 0


def test_a_mutex_that_another_thread_holds_is_free_in_the_child() -> None:
    mutex = Mutex()

    def hold(inside: Event, go_on: Event) -> None:
        with mutex:
            inside.set()
            assert go_on.wait(60)

    with in_thread(hold):
        end = in_child(lambda: mutex.acquire(blocking=False))
        free = mutex.acquire(blocking=False)

    assert end == 0
    assert not free


def test_a_mutex_that_the_forking_thread_holds_is_still_its_own_in_the_child() -> None:
    mutex = Mutex()

    def held_then_free() -> bool:
        taken: list[bool] = []
        take = Thread(target=lambda: taken.append(mutex.acquire(blocking=False)))
        take.start()
        take.join()
        mutex.release()
        return taken == [False] and mutex.acquire(blocking=False)

    with mutex:
        end = in_child(held_then_free)

    assert end == 0


def test_a_mutex_that_the_forking_thread_holds_twice_is_released_as_often_in_the_child() -> None:
    mutex = Mutex()

    def taken_in_thread() -> bool:
        taken: list[bool] = []
        take = Thread(target=lambda: taken.append(mutex.acquire(blocking=False)))
        take.start()
        take.join()
        return taken == [True]

    def held_twice() -> bool:
        mutex.release()
        once = taken_in_thread()
        mutex.release()
        return not once and taken_in_thread()

    with mutex, mutex:
        end = in_child(held_twice)

    assert end == 0


def test_a_mutex_that_a_forked_child_has_taken_from_another_thread_serves_there_again() -> None:
    mutex = Mutex()

    def hold(inside: Event, go_on: Event) -> None:
        with mutex:
            inside.set()
            assert go_on.wait(60)

    def held_by_another_thread() -> bool:
        with in_thread(hold):
            return not mutex.acquire(blocking=False) and in_child(mutex.take_if_free) == 0

    with in_thread(hold):
        end = in_child(held_by_another_thread)

    assert end == 0


def test_a_mutex_can_be_taken_again_by_its_thread() -> None:
    mutex = Mutex()

    with mutex:
        again = mutex.acquire(blocking=False)
        mutex.release()

    assert again


def test_a_mutex_is_taken_if_free_by_whoever_comes_first_and_not_by_its_own_thread_again() -> None:
    mutex = Mutex()

    def hold(inside: Event, go_on: Event) -> None:
        with mutex:
            inside.set()
            assert go_on.wait(60)

    first, again = mutex.take_if_free(), mutex.take_if_free()
    mutex.release()
    with in_thread(hold):
        while_held = mutex.take_if_free()

    assert [first, again, while_held] == [True, False, False]
    assert mutex.take_if_free()


def test_a_mutex_that_nobody_has_any_more_is_forgotten() -> None:
    mutex = Mutex()
    known = len(_mutexes)

    del mutex

    assert len(_mutexes) == known - 1


def test_a_child_runs_coroutine_receivers_on_a_loop_of_its_own_and_leaves_the_parents_alone(
    signal: Signal[...],
) -> None:
    @signal.connect
    async def loop(sender: object) -> int:
        running = get_running_loop()
        # Whoever closes the parent's loop in a child takes from the parent what wakes it up here.
        await wait_for(running.run_in_executor(None, int), 60)
        return id(running)

    before = returned(signal)
    end = in_child(lambda: returned(signal) != before)
    after = returned(signal)

    assert end == 0
    assert after == before


def test_a_child_leaves_alone_the_loops_of_threads_that_it_does_not_have(signal: Signal[...]) -> None:
    woken: list[object] = []

    @signal.connect
    async def wake(_: object) -> str:
        await wait_for(get_running_loop().run_in_executor(None, int), 60)
        return "woken"

    def send_twice(inside: Event, go_on: Event) -> None:
        woken.extend(returned(signal))
        inside.set()
        assert go_on.wait(60)
        woken.extend(returned(signal))

    with in_thread(send_twice):
        end = in_child(lambda: returned(signal) == ["woken"])

    assert end == 0
    assert woken == ["woken", "woken"]
