"""Disconnecting, and how long receivers and senders live, on PyDispatcher and on its façade."""

from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest


class Thing:
    """A sender, a signal, or an owner of methods."""

    def hear(self, signal: Any) -> Any:
        return "thing", signal


class Deaf:
    """Cannot be weakly referenced."""

    __slots__ = ()

    def __call__(self) -> str:
        return "deaf"


def hello() -> str:
    return "hello"


def echo(signal: Any, sender: Any) -> tuple[Any, Any]:
    return signal, sender


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_disconnecting_undoes_connecting(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal", "me")
    dispatcher.connect(hello, "signal")

    assert dispatcher.disconnect(hello, "signal", "me") is None
    assert returned(dispatcher.send("signal", "me")) == ["hello"]
    dispatcher.disconnect(hello, "signal")
    assert dispatcher.send("signal", "me") == []


@pytest.mark.parametrize("weak", [True, False])
def test_disconnecting_needs_somebody_who_is_connected(pydispatch: Any, weak: bool) -> None:
    dispatcher, errors = pydispatch.dispatcher, pydispatch.errors
    dispatcher.connect(hello, "signal", "me", weak)

    for signal, sender in (("signal", "you"), ("signal", dispatcher.Any), ("other", "me"), (dispatcher.Any, "me")):
        with pytest.raises(errors.DispatcherKeyError):
            dispatcher.disconnect(hello, signal, sender, weak)

    dispatcher.disconnect(echo, "signal", "me", weak)  # Somebody else is.
    dispatcher.disconnect(hello, "signal", "me", weak)
    with pytest.raises(KeyError):
        dispatcher.disconnect(hello, "signal", "me", weak)


@pytest.mark.parametrize("change", ["connect", "disconnect"])
def test_none_is_no_signal(pydispatch: Any, change: str) -> None:
    with pytest.raises(pydispatch.errors.DispatcherTypeError):
        getattr(pydispatch.dispatcher, change)(hello, None)


def test_errors_have_a_common_base(pydispatch: Any) -> None:
    errors = pydispatch.errors

    assert issubclass(errors.DispatcherKeyError, KeyError)
    assert issubclass(errors.DispatcherKeyError, errors.DispatcherError)
    assert issubclass(errors.DispatcherTypeError, TypeError)
    assert issubclass(errors.DispatcherTypeError, errors.DispatcherError)


def test_receivers_are_weak_by_default(pydispatch: Any) -> None:
    dispatcher, thing = pydispatch.dispatcher, Thing()
    dispatcher.connect(thing.hear, "signal")
    dispatcher.connect(lambda: "lambda", "signal")
    gone = ref(thing)
    assert returned(dispatcher.send("signal")) == [("thing", "signal")]

    del thing

    assert gone() is None
    assert dispatcher.send("signal") == []


def test_a_strong_receiver_lives_until_it_is_disconnected(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher

    def connect() -> Callable[[], Any]:
        def receiver() -> str:
            return "strong"

        dispatcher.connect(receiver, "signal", weak=False)
        return ref(receiver)

    gone = connect()
    assert returned(dispatcher.send("signal")) == ["strong"]

    dispatcher.disconnect(gone(), "signal", weak=False)

    assert gone() is None


def test_what_cannot_be_weakly_referenced_has_to_be_connected_strongly(pydispatch: Any) -> None:
    dispatcher, deaf = pydispatch.dispatcher, Deaf()

    with pytest.raises(TypeError):
        dispatcher.connect(deaf, "signal")

    dispatcher.connect(deaf, "signal", weak=False)
    assert returned(dispatcher.send("signal")) == ["deaf"]


def test_a_sender_is_never_kept_alive(pydispatch: Any) -> None:
    dispatcher, sender = pydispatch.dispatcher, Thing()
    dispatcher.connect(hello, "signal", sender)
    gone = ref(sender)
    number = id(sender)
    assert dispatcher.connections[number]

    del sender

    assert gone() is None
    assert number not in dispatcher.connections
