"""How long receivers live and what they are known by, on Django and on the façade."""

import gc
from typing import Any
from weakref import ref

import pytest


class Model:
    """A sender, as senders of Django are: a class."""


class Other:
    """Another one."""


class Thing:
    """An owner of methods."""

    def hear(self, **kwargs: Any) -> str:
        return "thing"


class Deaf:
    """Cannot be weakly referenced."""

    __slots__ = ()

    def __call__(self, **kwargs: Any) -> str:
        return "deaf"


def hello(sender: Any, **kwargs: Any) -> str:
    return "hello"


def bye(sender: Any, **kwargs: Any) -> str:
    return "bye"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_a_dispatch_uid_is_connected_once(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, dispatch_uid="greeting")
    signal.connect(bye, dispatch_uid="greeting")

    assert returned(signal.send(Model)) == ["hello"]


@pytest.mark.parametrize("uid", ["greeting", 7, ("greeting", 1)])
def test_a_dispatch_uid_is_all_that_disconnecting_needs(dispatch: Any, uid: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, dispatch_uid=uid)

    assert signal.disconnect(hello) is False
    assert signal.disconnect(dispatch_uid="other") is False
    assert signal.disconnect(dispatch_uid=uid) is True
    assert signal.send(Model) == []


def test_a_dispatch_uid_is_for_one_sender(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model, dispatch_uid="greeting")
    signal.connect(bye, sender=Other, dispatch_uid="greeting")

    assert returned(signal.send(Model)) == ["hello"]
    assert returned(signal.send(Other)) == ["bye"]
    assert signal.disconnect(dispatch_uid="greeting") is False
    assert signal.disconnect(sender=Other, dispatch_uid="greeting") is True


def test_one_receiver_under_two_uids_runs_twice(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, dispatch_uid="one")
    signal.connect(hello, dispatch_uid="two")

    assert returned(signal.send(Model)) == ["hello", "hello"]


def test_a_dispatch_uid_is_free_again_when_its_receiver_died(dispatch: Any) -> None:
    signal = dispatch.Signal()

    def receiver(**kwargs: Any) -> None: ...

    signal.connect(receiver, dispatch_uid="greeting")
    del receiver
    gc.collect()
    signal.connect(hello, dispatch_uid="greeting")

    assert returned(signal.send(Model)) == ["hello"]


def test_a_receiver_is_weak_by_default(dispatch: Any) -> None:
    signal, thing = dispatch.Signal(), Thing()
    signal.connect(thing.hear)
    signal.connect(lambda **kwargs: "lambda")
    gone = ref(thing)
    assert returned(signal.send(Model)) == ["thing"]

    del thing

    assert gone() is None
    assert signal.send(Model) == []
    assert not signal.has_listeners()


def test_a_strong_receiver_lives_until_it_is_disconnected(dispatch: Any) -> None:
    signal, thing = dispatch.Signal(), Thing()
    signal.connect(thing.hear, weak=False)
    gone = ref(thing)
    del thing
    [(receiver, value)] = signal.send(Model)
    assert value == "thing"

    assert signal.disconnect(receiver)
    del receiver

    assert gone() is None


def test_what_cannot_be_weakly_referenced_has_to_be_connected_strongly(dispatch: Any) -> None:
    signal, deaf = dispatch.Signal(), Deaf()

    with pytest.raises(TypeError):
        signal.connect(deaf)

    signal.connect(deaf, weak=False)
    assert returned(signal.send(Model)) == ["deaf"]
