"""Where the façade differs from blinker, on purpose: each test says what both do."""

import asyncio
from contextlib import nullcontext
from typing import Any

import blinker as theirs
import pytest

from portico.compat import blinker as ours
from portico.errors import LostReceiverWarning


def hello(sender: Any, **payload: Any) -> str:
    return "hello"


class Thing:
    def hear(self, sender: Any) -> str:
        return "thing"


def calls(signal: Any, sender: Any = None) -> int:
    return len(signal.send(sender))


def test_receivers_are_called_in_the_order_of_connecting() -> None:
    signal = ours.Signal()
    receivers = [lambda _, i=i: i for i in range(50)]
    for receiver in receivers:
        signal.connect(receiver)

    assert [value for _, value in signal.send()] == list(range(50))
    assert theirs.Signal.set_class is set  # Without an order: as the receivers' hashes fall.


def test_a_set_class_is_accepted_and_changes_nothing() -> None:
    class Reversed(set[Any]):
        """Has an order of its own."""

        def __iter__(self) -> Any:
            return iter(sorted(super().__iter__(), reverse=True))

    class Signal(ours.Signal):
        set_class = Reversed  # type: ignore[mutable-override]  # as users of blinker do

    signal, receivers = Signal(), [lambda _, i=i: i for i in range(5)]
    for receiver in receivers:
        signal.connect(receiver)

    assert [value for _, value in signal.send()] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("library", "called"), [(theirs, ["plain"]), (ours, [])], ids=["blinker", "portico"])
def test_a_coroutine_receiver_is_refused_before_anybody_is_called(library: Any, called: list[str]) -> None:
    class Ordered(dict[Any, Any]):
        """As much of a set as blinker needs, in the order of adding."""

        def add(self, item: Any) -> None:
            self[item] = None

        def discard(self, item: Any) -> None:
            self.pop(item, None)

    class Signal(library.Signal):
        set_class = Ordered

    signal, heard = Signal(), []

    @signal.connect
    def plain(sender: Any) -> None:
        heard.append("plain")

    @signal.connect
    async def coroutine(sender: Any) -> None: ...

    with pytest.raises(RuntimeError):
        signal.send()

    assert heard == called


@pytest.mark.parametrize(("library", "value"), [(ours, "awaited")], ids=["portico"])
def test_an_object_with_an_async_call_is_a_coroutine_receiver(library: Any, value: str) -> None:
    class Receiver:
        async def __call__(self, sender: Any) -> str:
            return "awaited"

    signal, receiver = library.Signal(), Receiver()
    signal.connect(receiver)

    assert asyncio.run(signal.send_async()) == [(receiver, value)]


def test_an_object_with_an_async_call_is_never_awaited_by_blinker() -> None:
    class Receiver:
        async def __call__(self, sender: Any) -> str:
            return "awaited"

    signal, receiver = theirs.Signal(), Receiver()
    signal.connect(receiver)

    [(_, coroutine)] = signal.send()
    coroutine.close()
    with pytest.raises(RuntimeError):
        asyncio.run(signal.send_async())


@pytest.mark.parametrize(("library", "left"), [(theirs, 0), (ours, 1)], ids=["blinker", "portico"])
def test_connected_to_leaves_other_connections_of_its_receiver_alone(library: Any, left: int) -> None:
    signal = library.Signal()
    signal.connect(hello)

    with signal.connected_to(hello, sender="me"):
        pass
    with signal.connected_to(hello):
        pass

    assert calls(signal, "me") == left


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=["blinker", "portico"])
def test_muted_blocks_nest(library: Any, called: int) -> None:
    signal = library.Signal()
    signal.connect(hello)

    with signal.muted():
        with signal.muted():
            pass
        assert calls(signal) == called
        assert signal.is_muted is (called == 0)


@pytest.mark.parametrize(("library", "has"), [(theirs, True), (ours, False)], ids=["blinker", "portico"])
def test_a_muted_signal_has_no_receivers_for_anybody(library: Any, has: bool) -> None:
    signal = library.Signal()
    signal.connect(hello)

    with signal.muted():
        assert signal.has_receivers_for("me") is has
        assert bool(list(signal.receivers_for("me"))) is has


@pytest.mark.parametrize(("library", "called"), [(theirs, 0), (ours, 1)], ids=["blinker", "portico"])
def test_a_later_weak_connection_does_not_weaken_a_strong_one(library: Any, called: int) -> None:
    signal, thing = library.Signal(), Thing()
    signal.connect(thing.hear, weak=False)
    signal.connect(thing.hear, sender="me")

    del thing

    assert calls(signal) == called


@pytest.mark.parametrize("sender", [0, False])
def test_zero_is_a_sender_like_others(sender: Any) -> None:
    signal = ours.Signal()
    signal.connect(hello, sender=sender)

    assert calls(signal, "me") == 0
    assert calls(signal, sender) == 1


@pytest.mark.parametrize("sender", [0, False])
def test_zero_is_no_sender_for_blinker_and_is_taken_for_any_nevertheless(sender: Any) -> None:
    signal = theirs.Signal()

    with pytest.raises(AssertionError):
        signal.connect(hello, sender=sender)

    assert calls(signal, "me") == 1


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=["blinker", "portico"])
def test_true_is_not_one_and_a_number_is_no_object(library: Any, called: int) -> None:
    signal, thing = library.Signal(), Thing()
    signal.connect(hello, sender=1)
    signal.connect(hello, sender=id(thing))

    assert calls(signal, True) == called
    assert calls(signal, thing) == called


@pytest.mark.parametrize(("library", "called"), [(theirs, 0), (ours, 1)], ids=["blinker", "portico"])
def test_equal_numbers_are_the_same_sender(library: Any, called: int) -> None:
    signal = library.Signal()
    signal.connect(hello, sender=1)

    assert calls(signal, 1.0) == called


@pytest.mark.parametrize(("library", "left"), [(theirs, True), (ours, False)], ids=["blinker", "portico"])
def test_receivers_are_falsy_after_the_last_disconnect_from_a_sender(library: Any, left: bool) -> None:
    signal = library.Signal()
    signal.connect(hello, sender="me")

    signal.disconnect(hello, sender="me")

    assert bool(signal.receivers) is left
    assert signal.has_receivers_for("me") is left


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=["blinker", "portico"])
def test_a_connection_is_undone_whatever_telling_it_raises(library: Any, called: int) -> None:
    signal = library.Signal()

    @signal.receiver_connected.connect
    def refuse(sender: Any, /, **payload: Any) -> None:
        raise LookupError("refused")

    with pytest.raises(LookupError):
        signal.connect(hello)

    assert calls(signal) == called


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=["blinker", "portico"])
def test_a_bound_method_is_no_lasting_sender(library: Any, called: int) -> None:
    signal, thing = library.Signal(), Thing()
    with pytest.warns(LostReceiverWarning) if library is ours else nullcontext():
        signal.connect(hello, sender=thing.hear)

    assert calls(signal, thing.hear) == called
