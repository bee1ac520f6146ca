from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from portico.signals import Namespace, Sensitive
from portico.transactions import AT_ONCE, Entry, Event, Recorded, acting, current_event, undo_all, undo_with_host

shop = Namespace("shop-of-events")


@shop.signal
def order_placed(region: str, /, *, number: int, gift: bool = False) -> None:
    """Sent after an order was stored."""


def entry(call: Any, label: str = "a call") -> Entry:
    return Entry(label, lambda wait: call())


# -- events ------------------------------------------------------------------------------------------------------


def test_an_event_is_what_the_send_would_have_been_with_an_id_and_an_aware_time() -> None:
    before = datetime.now(UTC)

    event = Event.of(order_placed, "eu", number=1)

    assert (event.signal, event.sender, event.payload) == (order_placed, "eu", {"number": 1, "gift": False})
    assert (event.actor, event.cause) == (None, None)
    assert before <= event.time <= datetime.now(UTC)
    assert event.time.utcoffset() == timedelta(0)


def test_ids_are_uuids_of_version_7_that_say_when_and_rise() -> None:
    before = datetime.now(UTC)

    ids = [Event.of(order_placed, "eu", number=number).id for number in range(1000)]

    assert {(each.version, each.variant) for each in ids} == {(7, UUID(int=2 << 62).variant)}
    assert sorted(ids) == ids
    assert len(set(ids)) == 1000
    made = datetime.fromtimestamp((ids[0].int >> 80) / 1000, UTC)
    assert before - timedelta(milliseconds=1) <= made <= datetime.now(UTC)


def test_a_wrong_payload_makes_no_event() -> None:
    with pytest.raises(TypeError, match="unexpected nmber and missing"):
        Event.of(order_placed, "eu", nmber=1)  # type: ignore[call-arg]


def test_what_an_event_carries_stays_out_of_its_representation() -> None:
    assert "s3cret" not in repr(Event.of(shop.signal("signed_in"), "nora", password="s3cret"))


def test_a_sensitive_sender_stays_out_of_it_too() -> None:
    used = shop.declare("key_used", {}, sender=Sensitive[str])

    assert "s3cret" not in repr(Event.of(used, "s3cret"))
    assert "'nora'" in repr(Event.of(shop.signal("signed_in"), "nora"))


def test_the_actor_is_who_acts_where_it_is_recorded() -> None:
    with acting("nora"):
        with acting("amara"):
            inner = Event.of(order_placed, "eu", number=1)
        outer = Event.of(order_placed, "eu", number=1)

    assert (inner.actor, outer.actor, Event.of(order_placed, "eu", number=1).actor) == ("amara", "nora", None)


def test_the_cause_of_what_is_recorded_in_a_receiver_is_the_event_that_it_received() -> None:
    events: list[Event] = []

    def receive(region: str, number: int, gift: bool = False) -> None:
        event = current_event()
        assert event is not None
        events.append(event)
        if number < 3:
            AT_ONCE.record(Event.of(order_placed, region, number=number + 1))

    with order_placed.connected_to(receive):
        AT_ONCE.record(Event.of(order_placed, "eu", number=1))

    assert [event.cause for event in events] == [None, events[0].id, events[1].id]
    assert current_event() is None


def test_a_tap_can_tell_which_event_a_send_belongs_to() -> None:
    seen: list[Event | None] = []
    event = Event.of(order_placed, "eu", number=1)

    undo = order_placed.tap(lambda report: seen.append(current_event()))
    event.send()
    order_placed.send("eu", number=2)
    undo()

    assert seen == [event, None]


def test_receivers_of_an_event_are_isolated_though_the_signal_raises() -> None:
    heard: list[int] = []

    def fail(region: str, **payload: Any) -> None:
        raise LookupError

    with (
        order_placed.connected_to(fail),
        order_placed.connected_to(lambda region, *, number, gift=False: heard.append(number)),
    ):
        AT_ONCE.record(Event.of(order_placed, "eu", number=1))

    assert heard == [1]


def test_what_is_around_an_event_is_entered_while_its_receivers_run() -> None:
    steps: list[str] = []

    @contextmanager
    def around() -> Iterator[None]:
        steps.append("entered")
        yield
        steps.append("left")

    with order_placed.connected_to(lambda region, *, number, gift=False: steps.append("heard")):
        AT_ONCE.record(Event.of(order_placed, "eu", number=1), around=around())

    assert steps == ["entered", "heard", "left"]


# -- what was recorded -------------------------------------------------------------------------------------------


def test_what_is_added_while_it_runs_is_done_in_the_same_run() -> None:
    done: list[int] = []
    recorded = Recorded()

    def count(number: int) -> None:
        done.append(number)
        if number < 3:
            recorded.add(entry(lambda: count(number + 10)))

    for number in (1, 2):
        recorded.add(entry(lambda number=number: count(number)))
    recorded.run(None)

    assert done == [1, 2, 11, 12]
    assert not recorded


def test_rolling_back_to_a_savepoint_drops_what_was_recorded_since() -> None:
    done: list[str] = []
    recorded = Recorded()

    recorded.add(entry(lambda: done.append("before")))
    recorded.begin_savepoint("outer")
    recorded.add(entry(lambda: done.append("inside")))
    recorded.begin_savepoint("inner")
    recorded.add(entry(lambda: done.append("deep inside")))
    recorded.roll_back_to("outer")
    recorded.add(entry(lambda: done.append("after")))
    recorded.run(None)

    assert done == ["before", "after"]


def test_an_interruption_passes_and_what_it_kept_from_being_done_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    recorded = Recorded()

    def interrupt() -> None:
        raise KeyboardInterrupt

    recorded.add(entry(interrupt))
    recorded.add(entry(lambda: done.append(1), "the second"))
    with pytest.raises(KeyboardInterrupt):
        recorded.run(None)
    recorded.run(None)

    assert done == []
    assert "not sent any more: the second" in caplog.text


# -- with the host -----------------------------------------------------------------------------------------------


def test_what_is_to_be_undone_with_the_host_is_undone_once_the_last_thing_first() -> None:
    undone: list[int] = []

    def undo_first() -> None:
        undone.append(1)

    undo_with_host(undo_first)
    undo_with_host(lambda: undone.append(2))
    undo_with_host(undo_first)

    undo_all()
    undo_all()

    assert undone == [2, 1]
