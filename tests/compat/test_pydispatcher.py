"""What PyDispatcher documents, on PyDispatcher and on its façade."""

from typing import Any

import pytest


class Thing:
    """A sender, a signal, or an owner of methods."""

    def hear(self, signal: Any) -> Any:
        return "thing", signal


def hello() -> str:
    return "hello"


def echo(signal: Any, sender: Any) -> tuple[Any, Any]:
    return signal, sender


def everything(**named: Any) -> dict[str, Any]:
    return named


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


@pytest.mark.parametrize(
    "signal", ["text", 7, ("a", 1), Thing(), Thing, 1.5, frozenset({1})], ids=lambda s: type(s).__name__
)
def test_a_signal_is_any_hashable_object(pydispatch: Any, signal: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(echo, signal=signal)

    assert dispatcher.send(signal, sender="me") == [(echo, (signal, "me"))]
    assert dispatcher.send("another", sender="me") == []


def test_equal_signals_are_the_same(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, signal=("a", "1"))

    assert returned(dispatcher.send(tuple("a1"))) == ["hello"]


def test_a_send_without_sender_is_anonymous(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(echo, "signal")
    dispatcher.connect(hello, "signal", sender=dispatcher.Anonymous)

    assert sorted(returned(dispatcher.send("signal")), key=str) == [("signal", dispatcher.Anonymous), "hello"]
    assert returned(dispatcher.send("signal", "me")) == [("signal", "me")]


def test_a_receiver_of_one_sender_hears_that_one_only(pydispatch: Any) -> None:
    dispatcher, sender = pydispatch.dispatcher, Thing()
    dispatcher.connect(echo, "signal", sender)

    assert returned(dispatcher.send("signal", sender)) == [("signal", sender)]
    assert dispatcher.send("signal", Thing()) == []
    assert dispatcher.send("signal") == []
    assert dispatcher.send("signal", dispatcher.Any) == []


def test_a_receiver_of_any_signal_hears_all(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(echo)
    dispatcher.connect(hello, sender="me")

    assert returned(dispatcher.send("one", "you")) == [("one", "you")]
    assert sorted(returned(dispatcher.send("two", "me")), key=str) == [("two", "me"), "hello"]


def test_a_send_of_any_is_for_those_of_any(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(echo)
    dispatcher.connect(hello, "signal")

    assert returned(dispatcher.send()) == [(dispatcher.Any, dispatcher.Anonymous)]
    assert returned(dispatcher.send("signal", dispatcher.Any)) in (
        ["hello", ("signal", dispatcher.Any)],
        [("signal", dispatcher.Any), "hello"],
    )


def test_a_receiver_connected_in_many_ways_runs_once(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    for signal in ("signal", dispatcher.Any):
        for sender in ("me", dispatcher.Any):
            dispatcher.connect(hello, signal, sender)
            dispatcher.connect(hello, signal, sender)

    assert returned(dispatcher.send("signal", "me")) == ["hello"]
    assert len(list(dispatcher.getAllReceivers("me", "signal"))) == 1


def test_an_exact_send_leaves_out_those_of_any(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal")
    dispatcher.connect(everything)
    dispatcher.connect(echo, "signal", "me")

    assert returned(dispatcher.sendExact("signal", "me")) == [("signal", "me")]
    assert dispatcher.sendExact("signal") == []
    assert returned(dispatcher.sendExact("signal", dispatcher.Any)) == ["hello"]
    assert returned(dispatcher.sendExact(sender=dispatcher.Any)) == [
        {"signal": dispatcher.Any, "sender": dispatcher.Any}
    ]


def test_an_exact_send_calls_a_receiver_that_is_connected_for_any_too(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal")
    dispatcher.connect(hello, "signal", "me")

    assert returned(dispatcher.sendExact("signal", "me")) == ["hello"]
    assert dispatcher.sendExact("signal", "you") == []


def test_named_arguments_are_those_that_a_receiver_has_room_for(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher

    def one(size: int, colour: str = "red") -> tuple[int, str]:
        return size, colour

    dispatcher.connect(one, "signal")
    dispatcher.connect(everything, "signal")

    assert dispatcher.send("signal", "me", size=3, shape="round") == [
        (one, (3, "red")),
        (everything, {"signal": "signal", "sender": "me", "size": 3, "shape": "round"}),
    ]


def test_positional_arguments_are_for_everybody(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher

    def receiver(size: int, *rest: Any, **named: Any) -> Any:
        return size, rest, named

    dispatcher.connect(receiver, "signal")

    assert returned(dispatcher.send("signal", "me", 3, 4, colour="red")) == [
        (3, (4,), {"signal": "signal", "sender": "me", "colour": "red"})
    ]


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_a_receiver_that_cannot_take_what_is_sent_fails(pydispatch: Any, arguments: Any) -> None:
    dispatcher = pydispatch.dispatcher

    def receiver(size: int) -> int:
        return size

    dispatcher.connect(receiver, "signal")

    with pytest.raises(TypeError):
        dispatcher.send("signal", "me", *arguments)


def test_an_argument_given_twice_is_an_error(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(lambda size, **named: size, "signal", weak=False)

    with pytest.raises(TypeError):
        dispatcher.send("signal", "me", 3, size=4)


def test_an_exception_leaves_a_send(pydispatch: Any) -> None:
    def broken() -> None:
        raise LookupError("broken")

    pydispatch.dispatcher.connect(broken, "signal")

    with pytest.raises(LookupError, match="broken"):
        pydispatch.dispatcher.send("signal")


def test_an_exception_is_the_response_in_a_robust_send(pydispatch: Any) -> None:
    def broken(size: int) -> None:
        raise LookupError(size)

    pydispatch.dispatcher.connect(broken, "signal")
    pydispatch.dispatcher.connect(hello, "signal")
    pydispatch.dispatcher.connect(echo)

    [(receiver, error), *others] = pydispatch.robust.sendRobust("signal", "me", size=3)

    assert receiver is broken
    assert isinstance(error, LookupError)
    assert error.args == (3,)
    assert others == [(hello, "hello"), (echo, ("signal", "me"))]
