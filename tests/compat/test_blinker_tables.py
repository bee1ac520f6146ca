"""The table of receivers, which blinker's users read and empty, and copies of signals; on both libraries."""

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from portico.compat import blinker as ours
from portico.signals import Ownership


def hello(sender: Any, **payload: Any) -> str:
    return "hello"


def bye(sender: Any, **payload: Any) -> str:
    return "bye"


class Thing:
    def hear(self, sender: Any, **payload: Any) -> str:
        return "thing"


def heard(signal: Any, sender: Any = None) -> list[str]:
    return sorted(value for _, value in signal.send(sender))


def test_weak_receivers_stand_in_the_table_as_references(blinker: Any) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(hello)
    signal.connect(bye, weak=False)
    signal.connect(thing.hear)

    entries = dict(signal.receivers)

    assert entries[id(hello)]() is hello
    assert entries[id(bye)] is bye
    assert entries[id(Thing.hear), id(thing)]() == thing.hear


EMPTYING: list[Callable[[Any], object]] = [
    lambda signal: signal.receivers.clear(),
    lambda signal: signal.receivers.pop(id(hello)),
    lambda signal: signal.receivers.popitem(),
    lambda signal: signal.receivers.__delitem__(id(hello)),
    lambda signal: setattr(signal, "receivers", {}),
    lambda signal: signal._clear_state(),
]


@pytest.mark.parametrize("empty", EMPTYING)
def test_what_is_taken_out_of_the_table_is_not_called(blinker: Any, empty: Callable[[Any], object]) -> None:
    signal = blinker.Signal()
    signal.connect(hello)

    empty(signal)

    assert heard(signal) == []
    assert not signal.receivers
    signal.connect(hello)
    assert heard(signal) == ["hello"]


def test_one_is_taken_out_and_the_others_stay(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)
    signal.connect(bye)

    del signal.receivers[id(hello)]

    assert heard(signal) == ["bye"]


@pytest.mark.parametrize("restore", ["update", "assign", "in place"])
def test_what_was_taken_out_comes_back_to_its_senders(blinker: Any, restore: str) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(hello, sender="me", weak=False)
    signal.connect(thing.hear, sender=thing)
    signal.connect(bye)
    kept = signal.receivers.copy()
    signal.receivers.clear()
    gc.collect()

    if restore == "update":
        signal.receivers.update(kept)
    elif restore == "assign":
        signal.receivers = kept
    else:
        signal.receivers |= kept

    assert heard(signal) == ["bye"]
    assert heard(signal, "me") == ["bye", "hello"]
    assert heard(signal, thing) == ["bye", "thing"]


def test_receivers_can_be_wrapped_in_the_table(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello, sender="me")
    signal.connect(bye, weak=False)

    for key, entry in signal.receivers.items():
        receiver = entry() if key == id(hello) else entry
        signal.receivers[key] = lambda sender, receiver=receiver: f"wrapped {receiver(sender)}"

    assert heard(signal) == ["wrapped bye"]
    assert heard(signal, "me") == ["wrapped bye", "wrapped hello"]


def test_a_table_that_was_replaced_keeps_what_was_in_it(blinker: Any) -> None:
    signal = blinker.Signal()
    signal.connect(hello)

    kept, signal.receivers = signal.receivers, {}
    signal.connect(bye)
    assert set(kept) == {id(hello)}
    kept.clear()

    assert heard(signal) == ["bye"]


def test_the_books_say_who_is_connected_to_whom(blinker: Any) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(hello, sender="me")
    signal.connect(hello, sender=thing)
    signal.connect(bye)

    assert signal._by_receiver == {id(hello): {"me", id(thing)}, id(bye): {0}}
    assert signal._by_sender == {"me": {id(hello)}, id(thing): {id(hello)}, 0: {id(bye)}}
    assert signal._weak_senders[id(thing)]() is thing
    signal._cleanup_bookkeeping()
    assert heard(signal, thing) == ["bye", "hello"]


def test_what_a_plugin_owns_comes_back_as_its_own() -> None:
    signal = ours.Signal()
    with Ownership("plugin") as owned:
        signal.connect(hello)
    kept = dict(signal.receivers)

    signal.receivers.clear()
    signal.receivers.update(kept)
    assert heard(signal) == ["hello"]
    owned.cancel()

    assert heard(signal) == []


def test_a_receiver_that_was_taken_out_is_not_kept_alive() -> None:
    signal = ours.Signal()
    for _ in range(10):
        signal.connect(lambda sender: "hello", weak=False)
        signal.receivers.clear()
    gc.collect()

    assert signal._tables._left == {}


def add(signal: Any) -> None:
    signal.connect(bye, weak=False)


@pytest.mark.parametrize("named", [False, True])
def test_a_deep_copy_has_the_same_receivers_and_is_a_signal_of_its_own(blinker: Any, named: bool) -> None:
    signal, thing = blinker.NamedSignal("placed", "doc") if named else blinker.Signal("doc"), Thing()
    signal.connect(hello, sender=thing, weak=False)
    signal.connect(hello, sender="me")

    copied = copy.deepcopy({"on": signal})["on"]

    assert heard(copied, thing) == heard(copied, "me") == ["hello"]
    assert heard(copied) == []
    add(copied)
    assert heard(signal) == []
    assert copied.__doc__ == "doc"
    assert getattr(copied, "name", None) == ("placed" if named else None)


def test_a_shallow_copy_shares_its_receivers(blinker: Any) -> None:
    signal = blinker.Signal()

    add(copy.copy(signal))

    assert heard(signal) == ["bye"]


def test_a_signal_can_be_pickled_with_its_receivers(blinker: Any) -> None:
    signal = blinker.NamedSignal("placed", "doc")
    signal.connect(hello, sender="me", weak=False)
    signal.is_muted = True
    signal.colour = "red"

    copied = pickle.loads(pickle.dumps(signal))  # noqa: S301 - what this test pickled itself

    assert copied.is_muted
    copied.is_muted = False
    assert heard(copied, "me") == ["hello"]
    assert heard(copied) == []
    assert (copied.name, copied.__doc__, copied.colour) == ("placed", "doc", "red")


def test_constants_are_one_object_for_each_name(blinker: Any) -> None:
    symbol = blinker.base.Symbol("nobody")

    assert symbol is blinker.base.Symbol("nobody")
    assert copy.deepcopy(symbol) is symbol
    assert pickle.loads(pickle.dumps(symbol)) is symbol  # noqa: S301 - as above
    assert repr(symbol) == "nobody"
