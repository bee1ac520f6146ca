"""The tables, robustApply and saferef, on PyDispatcher and on its façade."""

import gc
import weakref
from typing import Any

import pytest


class Thing:
    """An owner of methods."""

    def hear(self, size: int = 0) -> int:
        return size

    def __call__(self, size: int = 0) -> tuple[str, int]:
        return "called", size


def hello() -> str:
    return "hello"


def one(size: int, colour: str = "red") -> tuple[int, str]:
    return size, colour


def live(dispatcher: Any, raw: Any) -> list[Any]:
    return list(dispatcher.liveReceivers(raw))


def test_get_receivers_is_for_one_signal_and_sender(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal", "me")
    dispatcher.connect(one, "signal")

    assert live(dispatcher, dispatcher.getReceivers("me", "signal")) == [hello]
    assert live(dispatcher, dispatcher.getReceivers(signal="signal")) == [one]
    assert not dispatcher.getReceivers("me")
    assert not dispatcher.getReceivers()


def test_get_all_receivers_are_those_that_a_send_calls(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(one)
    dispatcher.connect(hello, "signal", "me")
    dispatcher.connect(hello, "signal")

    assert live(dispatcher, dispatcher.getAllReceivers("me", "signal")) == [hello, one]
    assert live(dispatcher, dispatcher.getAllReceivers("you", "other")) == [one]
    assert live(dispatcher, dispatcher.getAllReceivers()) == [one]


def test_everybody_can_be_disconnected_that_get_all_receivers_finds(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal", "me")
    dispatcher.connect(one, "signal", "me")

    for receiver in live(dispatcher, dispatcher.getAllReceivers("me", "signal")):
        dispatcher.disconnect(receiver, signal="signal", sender="me")

    assert dispatcher.send("signal", "me", size=3) == []


def test_raw_receivers_are_references_unless_strong(pydispatch: Any) -> None:
    dispatcher, thing = pydispatch.dispatcher, Thing()
    dispatcher.connect(hello, "signal")
    dispatcher.connect(thing.hear, "signal")
    dispatcher.connect(one, "signal", weak=False)

    raw = dispatcher.getReceivers(dispatcher.Any, "signal")

    assert [isinstance(receiver, dispatcher.WEAKREF_TYPES) for receiver in raw] == [True, True, False]
    assert live(dispatcher, raw) == [hello, thing.hear, one]
    del thing
    assert live(dispatcher, raw) == [hello, one]


def test_connections_show_who_is_connected(pydispatch: Any) -> None:
    dispatcher, sender = pydispatch.dispatcher, Thing()
    dispatcher.connect(hello, "signal", sender)
    dispatcher.connect(one, "signal", weak=False)

    connections = {key: dict(signals) for key, signals in dispatcher.connections.items()}

    assert set(connections) == {id(sender), id(dispatcher.Any)}
    assert connections[id(dispatcher.Any)] == {"signal": [one]}
    assert live(dispatcher, connections[id(sender)]["signal"]) == [hello]
    assert len(dispatcher.connections) == 2


def test_any_and_anonymous_say_what_they_are(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher

    assert [repr(dispatcher.Any), repr(dispatcher.Anonymous)] == ["_Any", "_Anonymous"]


@pytest.mark.parametrize("receiver", [one, Thing().hear, Thing(), lambda **named: named, lambda *args: args, hello])
def test_robust_apply_gives_what_there_is_room_for(pydispatch: Any, receiver: Any) -> None:
    result = pydispatch.robustapply.robustApply(receiver, size=3, shape="round")

    assert result in ((3, "red"), 3, ("called", 3), {"size": 3, "shape": "round"}, (), "hello")
    assert (result == "hello") is (receiver is hello)


@pytest.mark.parametrize(
    ("arguments", "named", "result"),
    [((3,), {}, (3, "red")), ((3, "blue"), {}, (3, "blue")), ((3,), {"colour": "blue", "x": 1}, (3, "blue"))],
)
def test_robust_apply_gives_positional_arguments_first(
    pydispatch: Any, arguments: Any, named: Any, result: Any
) -> None:
    assert pydispatch.robustapply.robustApply(one, *arguments, **named) == result


@pytest.mark.parametrize(("arguments", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"size": 2})])
def test_robust_apply_fails_for_too_few_too_many_and_twice(pydispatch: Any, arguments: Any, named: Any) -> None:
    with pytest.raises(TypeError):
        pydispatch.robustapply.robustApply(one, *arguments, **named)


@pytest.mark.parametrize("receiver", [min, iter, 5])
def test_robust_apply_refuses_what_it_cannot_look_into(pydispatch: Any, receiver: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - both have their own words
        pydispatch.robustapply.robustApply(receiver, size=3)


def test_robust_apply_looks_at_a_wrapper_and_not_at_what_it_wraps(pydispatch: Any) -> None:
    from functools import wraps

    @wraps(hello)
    def wrapper(**named: Any) -> Any:
        return hello(), named

    assert pydispatch.robustapply.robustApply(wrapper, size=3) == ("hello", {"size": 3})


def test_a_safe_reference_to_a_method_lives_as_long_as_its_object(pydispatch: Any) -> None:
    thing = Thing()
    told: list[Any] = []
    reference = pydispatch.saferef.safeRef(thing.hear, onDelete=told.append)
    assert isinstance(reference, pydispatch.saferef.BoundMethodWeakref)
    assert reference()(size=3) == 3
    assert reference
    assert reference.key == reference.calculateKey(thing.hear) == (id(thing), id(Thing.hear))

    del thing

    assert reference() is None
    assert not reference
    assert told == [reference]


def test_safe_references_to_the_same_method_are_equal(pydispatch: Any) -> None:
    safe_ref, thing = pydispatch.saferef.safeRef, Thing()

    assert safe_ref(thing.hear) == safe_ref(thing.hear)
    assert safe_ref(thing.hear) != safe_ref(Thing().hear)


def test_a_safe_reference_to_a_function_is_a_weak_reference(pydispatch: Any) -> None:
    def function() -> None: ...

    told: list[Any] = []
    reference = pydispatch.saferef.safeRef(function, told.append)
    assert reference() is function

    del function

    assert reference() is None
    assert told == [reference]


TABLES = ("connections", "senders", "sendersBack")


def test_the_star_import_gives_the_modules_too(pydispatch: Any) -> None:
    names: dict[str, Any] = {}

    exec(f"from {pydispatch.dispatcher.__name__} import *", names)  # noqa: S102 - a star import in a function is an error

    assert names["errors"] is pydispatch.errors
    assert names["saferef"] is pydispatch.saferef
    assert names["robustapply"] is pydispatch.robustapply
    assert names["weakref"].ref is weakref.ref
    assert names["connections"] is pydispatch.dispatcher.connections
    assert "Value" not in names


def test_the_tables_say_who_is_connected(pydispatch: Any) -> None:
    dispatcher, sender = pydispatch.dispatcher, Thing()
    dispatcher.connect(hello, "signal", sender)
    dispatcher.connect(hello, "other", "text")
    dispatcher.connect(one, "signal", dispatcher.Anonymous, weak=False)

    [reference] = dispatcher.connections[id(sender)]["signal"]
    assert list(dispatcher.senders) == [id(sender)]
    assert dispatcher.senders[id(sender)]() is sender
    assert id(sender) in dispatcher.sendersBack[id(reference)]
    assert dispatcher.sendersBack[id(one)] == [id(dispatcher.Anonymous)]


def test_the_tables_are_empty_once_nobody_is_connected(pydispatch: Any) -> None:
    dispatcher, thing = pydispatch.dispatcher, Thing()
    dispatcher.connect(thing.hear, "signal", thing)
    dispatcher.connect(hello, "signal")

    del thing
    gc.collect()
    dispatcher.disconnect(hello, "signal")

    assert [dict(getattr(dispatcher, table)) for table in TABLES] == [{}, {}, {}]


def test_clearing_the_tables_disconnects_everybody(pydispatch: Any) -> None:
    dispatcher = pydispatch.dispatcher
    dispatcher.connect(hello, "signal")
    dispatcher.connect(one, "signal", "me", weak=False)

    for table in TABLES:
        getattr(dispatcher, table).clear()

    assert dispatcher.send("signal", "me", size=1) == []
    assert dispatcher.connections == {}
    dispatcher.connect(hello, "signal")
    assert dispatcher.send("signal") == [(hello, "hello")]


def test_one_sender_is_taken_out_and_put_back(pydispatch: Any) -> None:
    dispatcher, sender = pydispatch.dispatcher, Thing()
    dispatcher.connect(hello, "signal", sender)
    dispatcher.connect(one, "signal", weak=False)
    kept = dispatcher.connections.copy()

    taken = dispatcher.connections.pop(id(sender))
    assert dispatcher.send("signal", sender, size=1) == [(one, (1, "red"))]
    dispatcher.connections[id(sender)] = taken
    assert (hello, "hello") in dispatcher.send("signal", sender, size=1)
    dispatcher.connections.clear()
    dispatcher.connections.update(kept)

    assert len(dispatcher.send("signal", sender, size=1)) == 2
    assert dispatcher.send("signal", size=1) == [(one, (1, "red"))]


@pytest.mark.parametrize("table", TABLES)
def test_what_is_not_in_a_table_cannot_be_taken_out(pydispatch: Any, table: str) -> None:
    with pytest.raises(KeyError):
        del getattr(pydispatch.dispatcher, table)[1]
