"""How long receivers and senders live, on blinker and on its façade."""

import gc
from typing import Any
from weakref import ref

import pytest


class Thing:
    """A sender, or an owner of methods."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def hear(self, sender: Any, **payload: Any) -> str:
        self.heard.append((sender, payload))
        return "thing"


class Deaf:
    """Cannot be weakly referenced."""

    __slots__ = ()

    def __call__(self, sender: Any, **payload: Any) -> str:
        return "deaf"


def hello(sender: Any, **payload: Any) -> str:
    return "hello"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_a_receiver_is_weak_by_default(blinker: Any) -> None:
    signal = blinker.Signal()

    def receiver(sender: Any) -> None: ...

    signal.connect(receiver)
    assert signal.receivers
    del receiver

    assert not signal.receivers
    assert signal.send("me") == []


def test_a_method_is_weak_by_default(blinker: Any) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(thing.hear)
    assert returned(signal.send("me", a=1)) == ["thing"]
    gone = ref(thing)

    del thing

    assert gone() is None
    assert not signal.receivers


def test_a_method_can_be_disconnected_through_another_object_for_it(blinker: Any) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(thing.hear)

    signal.disconnect(thing.hear)

    assert signal.send("me") == []
    assert thing.heard == []


def test_methods_of_equal_objects_are_different_receivers(blinker: Any) -> None:
    signal, one, other = blinker.Signal(), Thing(), Thing()
    signal.connect(one.hear)
    signal.connect(other.hear)

    signal.disconnect(one.hear)
    signal.send("me")

    assert (one.heard, other.heard) == ([], [("me", {})])


def test_a_strong_receiver_lives_until_it_is_disconnected(blinker: Any) -> None:
    signal, thing = blinker.Signal(), Thing()
    signal.connect(thing.hear, weak=False)
    gone = ref(thing)
    del thing
    gc.collect()
    results = signal.send("me")
    assert returned(results) == ["thing"]

    signal.disconnect(results.pop()[0])

    assert gone() is None


def test_what_cannot_be_weakly_referenced_has_to_be_connected_strongly(blinker: Any) -> None:
    signal, deaf = blinker.Signal(), Deaf()

    with pytest.raises(TypeError):
        signal.connect(deaf)
    assert not signal.receivers

    signal.connect(deaf, weak=False)
    assert returned(signal.send("me")) == ["deaf"]


def test_a_sender_is_never_kept_alive(blinker: Any) -> None:
    signal, sender = blinker.Signal(), Thing()
    gone = ref(sender)
    signal.connect(hello, sender=sender)
    assert signal.has_receivers_for(sender)

    del sender

    assert gone() is None
    assert not signal.has_receivers_for(Thing())
