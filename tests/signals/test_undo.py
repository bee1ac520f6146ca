"""Everything that undoes something is one kind of object: callable, a context manager, done once."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from portico.signals import (
    Namespace,
    Signal,
    Undo,
    Undoing,
    guard_payloads,
    observe_failures,
    snapshot_with,
    tap,
)
from portico.signals.undo import Table
from tests.signals.witness import Witness, echo, returned

# What changes something about a signal, and how to see whether it is changed.
CHANGES: dict[str, tuple[Callable[[Signal[...]], Undo], Callable[[Signal[...]], bool]]] = {
    "subscribe": (lambda signal: signal.subscribe(echo("a")), lambda signal: bool(signal.receivers)),
    "tap of a signal": (lambda signal: signal.tap(Witness()), lambda signal: signal._registry._observed),
    "tap of a namespace": (lambda signal: of(signal).tap(Witness()), lambda signal: signal._registry._observed),
    "tap": (lambda _: tap(Witness()), lambda signal: signal._registry._observed),
    "override_policy": (lambda signal: signal.override_policy("isolate"), lambda signal: signal.policy == "isolate"),
    "guard_payloads": (lambda _: guard_payloads(), lambda signal: signal._registry._observed),
}


def of(signal: Signal[...]) -> Namespace:
    assert isinstance(signal.namespace, Namespace)
    return signal.namespace


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_lasts_for_the_with_block_of_what_it_returned(change: str, signal: Signal[...]) -> None:
    make, changed = CHANGES[change]

    with make(signal) as undo:
        inside = changed(signal)

    assert isinstance(undo, Undo)
    assert inside
    assert not changed(signal)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("cancel", [True, False])
def test_a_change_is_undone_by_calling_or_cancelling_and_undone_once(
    change: str, cancel: bool, signal: Signal[...]
) -> None:
    make, changed = CHANGES[change]
    first, other = make(signal), make(signal)

    for _ in range(2):
        first.cancel() if cancel else first()
    still = changed(signal)
    other()

    assert still
    assert not changed(signal)


def test_the_other_undos_of_the_engine_are_of_that_kind_too() -> None:
    undos = [observe_failures(Witness()), snapshot_with(lambda _: None)]
    for undo in undos:
        undo()

    assert all(isinstance(undo, Undo) for undo in undos)


def test_an_exception_in_the_with_block_undoes_and_goes_on(signal: Signal[...]) -> None:
    with pytest.raises(LookupError), signal.subscribe(echo("a")):
        raise LookupError

    assert returned(signal) == []


def test_what_undoes_is_called_once_by_two_threads_at_once() -> None:
    done: list[int] = []
    start = Barrier(8)
    undo = Undoing(lambda: done.append(1))

    def cancel() -> None:
        start.wait()
        undo.cancel()

    threads = [Thread(target=cancel) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == [1]


def test_a_table_holds_what_was_added_in_that_order_each_until_it_is_undone() -> None:
    seen: list[list[str]] = []
    table: Table[str] = Table(lambda: seen.append(list(table)))
    first, second, again = table.add("a"), table.add("b"), table.add("a")

    first()
    first()
    second.cancel()

    assert seen == [["a"], ["a", "b"], ["a", "b", "a"], ["b", "a"], ["a"]]
    assert table
    again()
    assert not table


def test_a_table_may_change_while_somebody_goes_through_it() -> None:
    table: Table[str] = Table()
    undoings = [table.add("a"), table.add("b")]

    found = [(each, undoings.pop().cancel()) for each in table]

    assert found == [("a", None), ("b", None)]
    assert list(table) == []
