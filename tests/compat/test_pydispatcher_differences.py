"""Where the façade differs from PyDispatcher, on purpose: each test says what both do."""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
from pydispatch import dispatcher as theirs
from pydispatch import robust as their_robust
from pydispatch import robustapply as their_robustapply
from pydispatch import saferef as their_saferef

from portico.compat.pydispatcher import dispatcher as ours
from portico.compat.pydispatcher import robust, robustapply, saferef
from portico.errors import LostReceiverWarning
from portico.signals import Signal

BOTH = ["pydispatcher", "portico"]


@pytest.fixture(autouse=True)
def nobody_stays_connected_to_theirs() -> Iterator[None]:
    yield
    for table in (theirs.connections, theirs.senders, theirs.sendersBack):
        table.clear()


class Thing:
    """An owner of methods."""

    def hear(self, **named: Any) -> str:
        return "thing"


def hello() -> str:
    return "hello"


def bye() -> str:
    return "bye"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


@pytest.mark.parametrize(("library", "order"), [(theirs, ["bye", "hello"]), (ours, ["hello", "bye"])], ids=BOTH)
def test_receivers_are_called_in_the_order_of_connecting_whatever_their_sender(library: Any, order: list[str]) -> None:
    library.connect(hello, "signal")
    library.connect(bye, "signal", "me")

    assert returned(library.send("signal", "me")) == order


@pytest.mark.parametrize(("library", "order"), [(theirs, ["bye", "hello"]), (ours, ["hello", "bye"])], ids=BOTH)
def test_connecting_again_does_not_move_a_receiver(library: Any, order: list[str]) -> None:
    library.connect(hello, "signal")
    library.connect(bye, "signal")
    library.connect(hello, "signal")

    assert returned(library.send("signal")) == order


@pytest.mark.parametrize(("library", "called"), [(theirs, 0), (ours, 1)], ids=BOTH)
def test_strings_are_senders_by_value(library: Any, called: int) -> None:
    senders = [str(b"order", "ascii"), str(b"order", "ascii")]
    library.connect(hello, "signal", senders[0])

    assert len(library.send("signal", senders[1])) == called


@pytest.mark.parametrize(("library", "called"), [(theirs, 2), (ours, 1)], ids=BOTH)
def test_a_receiver_connected_weakly_and_strongly_runs_once(library: Any, called: int) -> None:
    library.connect(hello, "signal")
    library.connect(hello, "signal", weak=False)

    assert len(library.send("signal")) == called


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=BOTH)
def test_disconnecting_need_not_know_whether_it_was_weak(library: Any, called: int) -> None:
    library.connect(hello, "signal", weak=False)

    library.disconnect(hello, "signal")

    assert len(library.send("signal")) == called


def keyword_only(*, size: int) -> int:
    return size


def test_keyword_only_parameters_are_filled() -> None:
    with pytest.raises(TypeError):
        their_robustapply.robustApply(keyword_only, size=3)

    assert robustapply.robustApply(keyword_only, size=3) == 3


class Item:
    def __init__(self, size: int) -> None:
        self.size = size


@pytest.mark.parametrize("receiver", [partial(keyword_only), Item])
def test_whatever_has_a_signature_can_be_a_receiver(receiver: Any) -> None:
    theirs.connect(receiver, "signal")
    with pytest.raises(ValueError, match="unknown"):
        theirs.send("signal", "me", size=3)

    ours.connect(receiver, "signal")
    [value] = returned(ours.send("signal", "me", size=3, shape="round"))
    assert getattr(value, "size", value) == 3


@pytest.mark.parametrize(("send", "logged"), [(their_robust.sendRobust, 0), (robust.sendRobust, 1)], ids=BOTH)
def test_what_fails_in_a_robust_send_is_logged(send: Any, logged: int, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise LookupError

    (theirs if logged == 0 else ours).connect(broken, "signal")
    with caplog.at_level(logging.ERROR):
        [error] = returned(send("signal"))

    assert isinstance(error, LookupError)
    assert len(caplog.records) == logged


def test_a_circle_of_signals_leaves_a_robust_send_of_portico_only() -> None:
    def circle() -> None:
        raise RecursionError

    theirs.connect(circle, "signal")
    ours.connect(circle, "signal")

    assert isinstance(returned(their_robust.sendRobust("signal"))[0], RecursionError)
    with pytest.raises(RecursionError):
        robust.sendRobust("signal")


@pytest.mark.parametrize(("library", "told"), [(their_saferef, 0), (saferef, 1)], ids=BOTH)
def test_a_second_reference_to_a_method_does_not_silence_the_first(library: Any, told: int) -> None:
    thing = Thing()
    heard: list[Any] = []
    first = library.safeRef(thing.hear, heard.append)
    second = library.safeRef(thing.hear)
    assert (first is second) is (library is their_saferef)

    del thing

    assert len(heard) == told


@pytest.mark.parametrize("library", [theirs, ours], ids=BOTH)
def test_a_bound_method_is_no_lasting_sender_for_either(library: Any) -> None:
    thing = Thing()
    with pytest.warns(LostReceiverWarning) if library is ours else nullcontext():
        library.connect(hello, "signal", thing.hear)

    assert library.send("signal", thing.hear) == []


def test_a_portico_signal_stands_for_itself() -> None:
    signal: Signal[...] = Signal("order_placed")

    def receiver(signal: Any, sender: Any, total: int) -> Any:
        return signal, sender, total

    ours.connect(receiver, signal, "eu")
    ours.connect(hello, signal)
    ours.connect(bye)

    assert ours.send(signal, "eu", total=3, size=1) == [
        (receiver, (signal, "eu", 3)),
        (hello, "hello"),
        (bye, "bye"),
    ]
    assert returned(signal.send("eu", total=3)) == [(signal, "eu", 3), "hello"]


def test_signals_whose_receivers_died_are_forgotten() -> None:
    from portico.compat.pydispatcher import dispatching

    for number in range(1000):
        ours.connect(lambda: None, signal=("signal", number))

    assert len(dispatching.known_signals()) <= 256
