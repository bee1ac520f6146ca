import asyncio
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from portico.errors import ModifiedPayloadWarning
from portico.signals import Mutable, Namespace, Ownership, PayloadChange, Signal, guard_payloads, snapshot_with

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


@pytest.fixture
def changes() -> Iterator[list[PayloadChange]]:
    changes: list[PayloadChange] = []
    undo = guard_payloads(changes.append)
    yield changes
    undo()


@pytest.fixture
def happened(namespace: Namespace) -> Signal[...]:
    return namespace.signal("happened")


class Box:
    def __init__(self, content: object) -> None:
        self.content = content


Change = Callable[[Any], object]


def changing(change: Change) -> Callable[..., None]:
    """Return a receiver that does something to the payload field `value`."""

    def receiver(sender: object, **payload: Any) -> None:
        change(payload["value"])

    return receiver


CHANGED: list[tuple[Any, Change]] = [
    ({}, lambda value: value.update(a=1)),
    ({"a": 1}, lambda value: value.update(a=2)),
    ({"a": 1}, lambda value: value.clear()),
    ({"a": {"b": [1]}}, lambda value: value["a"]["b"].append(2)),
    ({"a": []}, lambda value: value.update(a=[])),
    ([1, 2], lambda value: value.reverse()),
    ([[]], lambda value: value[0].append(1)),
    (([],), lambda value: value[0].append(1)),
    ({1}, lambda value: value.add(2)),
    (deque([1]), lambda value: value.append(2)),
    (bytearray(b"a"), lambda value: value.extend(b"b")),
]

LEFT_ALONE: list[tuple[Any, Change]] = [
    ({"a": [1]}, lambda value: value["a"][0]),
    ([3, 1], sorted),
    ({1, 2}, lambda value: value | {3}),
    ("text", lambda value: value + "more"),
    (1.5, lambda value: value * 2),
    (None, lambda value: value),
    (Box(1), lambda value: setattr(value, "content", 2)),  # Nobody can tell what is inside of any object.
    ([Box(1)], lambda value: setattr(value[0], "content", 2)),
]


@pytest.mark.parametrize(("value", "change"), CHANGED)
def test_a_receiver_that_changes_a_container_is_named_with_the_field(
    happened: Signal[...], changes: list[PayloadChange], value: Any, change: Change
) -> None:
    with Ownership("meddler"):
        happened.connect(changing(change))
    happened.connect(lambda sender, **payload: None)

    happened.send(other=[], value=value)

    (found,) = changes
    assert (found.signal, found.field, found.owner) == (happened, "value", "meddler")
    assert "changing.<locals>.receiver of plugin meddler changed the field 'value'" in str(found)


@pytest.mark.parametrize(("value", "change"), LEFT_ALONE)
def test_a_receiver_that_only_reads_is_not_named(
    happened: Signal[...], changes: list[PayloadChange], value: Any, change: Change
) -> None:
    happened.connect(changing(change))

    happened.send(value=value)

    assert changes == []


def test_a_container_that_contains_itself_is_compared_all_the_same(
    happened: Signal[...], changes: list[PayloadChange]
) -> None:
    value: list[Any] = [1]
    value.append(value)
    happened.connect(changing(lambda value: value.append(2)))

    happened.send(value=value)

    assert [change.field for change in changes] == ["value"]


def test_comparing_runs_no_code_of_a_container_s_subclass(happened: Signal[...], changes: list[PayloadChange]) -> None:
    class Loud(list[int]):
        def __iter__(self) -> Iterator[int]:
            raise AssertionError("iterated")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        __hash__ = None

    happened.connect(changing(lambda value: value.append(1)))

    happened.send(value=Loud())

    assert len(changes) == 1


def test_a_field_declared_mutable_may_be_changed_and_the_change_is_what_is_used(
    namespace: Namespace, changes: list[PayloadChange]
) -> None:
    @namespace.signal
    def saving(sender: object, /, *, document: Mutable[dict[str, int]], fixed: dict[str, int]) -> None: ...

    @saving.connect
    def amend(sender: object, *, document: dict[str, int], **_: Any) -> None:
        document["amended"] = 1

    document: dict[str, int] = {}
    saving.send(None, document=document, fixed={})

    assert document == {"amended": 1}
    assert changes == []


def test_mutable_is_understood_in_annotations_that_cannot_be_evaluated(
    namespace: Namespace, changes: list[PayloadChange]
) -> None:
    def saving(sender: object, /, *, document: Any) -> None: ...

    saving.__annotations__ |= {"document": "signals.Mutable[OnlyForTypeCheckers]", "sender": "Unknown"}
    signal = namespace.signal(saving)
    signal.connect(changing_document)

    signal.send(None, document={})

    assert changes == []


def changing_document(sender: object, *, document: dict[str, int]) -> None:
    document["a"] = 1


def test_by_default_it_warns_at_the_receiver_s_own_lines(happened: Signal[...]) -> None:
    undo = guard_payloads()
    happened.connect(partial(changing_document))

    with pytest.warns(ModifiedPayloadWarning, match="changing_document|partial") as caught:
        happened.send(document={})
    undo()

    assert caught[0].filename == __file__
    assert caught[0].lineno == changing_document.__code__.co_firstlineno


def test_where_warnings_are_errors_the_receiver_is_what_fails(namespace: Namespace) -> None:
    @namespace.signal(policy="isolate")
    def saving(sender: object, /, *, document: dict[str, int]) -> None: ...

    saving.connect(changing_document)
    undo = guard_payloads()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ((_, error),) = saving.send(None, document={})
    undo()

    assert isinstance(error, ModifiedPayloadWarning)


async def change_later(sender: object, *, value: list[int]) -> None:
    value.append(1)


def test_coroutine_receivers_in_sequence_are_watched_too(happened: Signal[...], changes: list[PayloadChange]) -> None:
    happened.connect(change_later)

    asyncio.run(happened.send_async(value=[]))
    happened.send(value=[])

    assert len(changes) == 2


def test_it_is_off_when_the_last_one_switches_it_off(happened: Signal[...]) -> None:
    first: list[PayloadChange] = []
    second: list[PayloadChange] = []
    send = happened.send
    happened.connect(changing(lambda value: value.append(1)))
    undo_first, undo_second = guard_payloads(first.append), guard_payloads(second.append)

    send(value=[])
    undo_first()
    send(value=[])
    undo_second()
    undo_second()
    send(value=[])

    assert (len(first), len(second)) == (1, 2)
    assert happened._registry.undeclared_plan is not None


def test_a_snapshot_can_be_registered_for_a_further_kind(happened: Signal[...], changes: list[PayloadChange]) -> None:
    undo = snapshot_with(lambda value: value.content if isinstance(value, Box) else None)
    happened.connect(changing(lambda value: setattr(value, "content", 2)))

    happened.send(value=Box(1))
    undo()
    happened.send(value=Box(1))

    assert len(changes) == 1
