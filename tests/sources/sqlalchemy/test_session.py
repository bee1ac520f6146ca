from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from portico.errors import TransactionError
from portico.signals import PayloadChange, guard_payloads
from portico.sources.sqlalchemy import call_after_commit, send_after_commit, transaction_of
from portico.transactions import current_event
from tests.sources.sqlalchemy.shop import Heard, Order, first_order, order_placed, place, shop


def test_it_is_sent_when_the_transaction_has_committed_and_another_connection_reads_it(
    engine: Engine, heard: Heard
) -> None:
    with Session(engine) as session:
        place(session, 1)
        session.flush()
        assert heard == []
        session.commit()

    assert heard == [(1, True)]


@pytest.mark.parametrize("end", ["rollback", "close"])
def test_it_is_dropped_when_the_transaction_did_not_commit(engine: Engine, heard: Heard, end: str) -> None:
    with Session(engine) as session:
        place(session, 1)
        session.flush()
        getattr(session, end)()
        session.add(Order(number=2))
        session.commit()

    assert heard == []


def test_it_is_dropped_when_the_commit_itself_fails(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        session.add(Order(number=1))
        session.commit()
        place(session, 1)
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        session.commit()

    assert heard == []


def test_sends_go_out_in_the_order_in_which_they_were_recorded(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session, session.begin():
        place(session, 1)
        with session.begin_nested():
            place(session, 2)
            with session.begin_nested():
                place(session, 3)
            place(session, 4)
        place(session, 5)

    assert [number for number, _ in heard] == [1, 2, 3, 4, 5]


def test_what_was_recorded_in_a_savepoint_that_rolled_back_is_dropped(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session, session.begin():
        place(session, 1)
        outer = session.begin_nested()
        place(session, 2)
        with session.begin_nested():
            place(session, 3)
        outer.rollback()
        with session.begin_nested():
            place(session, 4)

    assert heard == [(1, True), (4, True)]


def test_a_released_savepoint_is_dropped_with_the_transaction_around_it(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        with session.begin_nested():
            place(session, 1)
        session.rollback()

    assert heard == []


def test_a_session_sends_each_transaction_s_own(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        place(session, 1)
        session.commit()
        place(session, 2)
        session.commit()

    assert heard == [(1, True), (2, True)]


def test_a_receiver_may_use_the_session_again_and_record_further_sends(engine: Engine) -> None:
    numbers = []

    def place_next(region: str, number: int) -> None:
        numbers.append(number)
        if number < 3:
            place(session, number + 1)
            session.commit()

    with Session(engine) as session, order_placed.connected_to(place_next):
        place(session, 1)
        session.commit()

        assert session.scalars(select(Order.number).order_by(Order.number)).all() == [1, 2, 3]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("error", [LookupError("no"), RecursionError("round and round")])
def test_a_failing_receiver_stops_neither_the_others_nor_the_session(
    engine: Engine, heard: Heard, error: Exception
) -> None:
    def fail(region: str, **payload: Any) -> None:
        raise error

    with Session(engine) as session:
        with order_placed.connected_to(fail):
            place(session, 1)
            session.commit()
        place(session, 2)
        session.commit()

        assert session.scalars(select(Order.number)).all() == [1, 2]
    assert heard == [(1, True), (2, True)]


def test_a_wrong_payload_is_refused_where_it_is_recorded(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        with pytest.raises(
            TypeError, match=r"shop-of-transactions:order_placed.send\(\): unexpected nmber and missing"
        ):
            send_after_commit(session, order_placed, "eu", nmber=1)  # type: ignore[call-arg]
        session.commit()

    assert heard == []


def test_a_session_that_has_not_begun_begins(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        send_after_commit(session, order_placed, "eu", number=7)
        assert session.in_transaction()
        session.commit()

    assert heard == [(7, False)]


def test_a_scoped_session_stands_for_the_session_inside(engine: Engine, heard: Heard) -> None:
    scoped = scoped_session(sessionmaker(engine))
    scoped.add(Order(number=1))
    send_after_commit(scoped, order_placed, "eu", number=1)

    scoped.commit()
    scoped.remove()

    assert heard == [(1, True)]


def test_events_of_the_session_stay_usable_for_others(engine: Engine) -> None:
    commits: list[Session] = []

    with Session(engine) as session:
        event.listen(session, "after_commit", commits.append)
        place(session, 1)
        session.commit()

    assert commits == [session]


def test_the_payload_guard_knows_a_changed_row_from_one_that_was_only_read(engine: Engine) -> None:
    changes: list[PayloadChange] = []
    signal = shop.signal("row_shown")

    def read(sender: object, *, order: Order) -> int:
        return order.number

    def change(sender: object, *, order: Order) -> None:
        order.number = 7

    undo = guard_payloads(changes.append)
    with Session(engine) as session, signal.connected_to(read), signal.connected_to(change):
        session.add(Order(number=1))
        session.commit()
        signal.send(order=first_order(session))
    undo()

    assert [change.receiver.__name__ for change in changes] == ["change"]


def test_it_is_known_what_a_session_has_to_store_whatever_its_statements_look_like(engine: Engine) -> None:
    seen: list[tuple[str, bool, bool]] = []

    def look(after: str) -> None:
        seen.append((after, transaction.is_open, transaction.has_writes))

    with Session(engine) as session:
        transaction = transaction_of(session)
        look("nothing")
        session.execute(text("WITH numbers AS (SELECT 1) SELECT * FROM numbers"))
        look("reading")
        session.add(Order(number=1))
        look("adding")
        session.flush()
        look("flushing")
        session.commit()
        look("committing")
        session.delete(first_order(session))
        look("deleting")
        session.rollback()
        look("rolling back")

    assert seen == [
        ("nothing", False, False),
        ("reading", True, False),
        ("adding", True, True),
        ("flushing", True, True),
        ("committing", False, False),
        ("deleting", True, True),
        ("rolling back", False, False),
    ]
    assert transaction.commits == 1


def test_a_call_that_fails_after_the_commit_is_logged_and_the_next_is_made(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[int] = []

    def fail() -> None:
        raise LookupError

    with Session(engine) as session:
        call_after_commit(session, fail, label="the first")
        call_after_commit(session, lambda: called.append(1), label="the second")
        session.commit()

    assert called == [1]
    assert "the first after the commit failed" in caplog.text


# -- recorded after the commit -----------------------------------------------------------------------------------


def test_a_send_that_is_first_recorded_inside_after_commit_goes_out(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        event.listen(session, "after_commit", lambda _: send_after_commit(session, order_placed, "eu", number=1))
        session.add(Order(number=1))
        session.commit()

    assert heard == [(1, True)]


@pytest.mark.parametrize("in_a_block", [True, False])
def test_what_a_receiver_records_is_sent_after_what_is_waiting_already(
    engine: Engine, heard: Heard, in_a_block: bool
) -> None:
    def record(region: str, number: int) -> None:
        if number < 10:
            send_after_commit(session, order_placed, "eu", number=number * 10)

    with Session(engine) as session, order_placed.connected_to(record):
        if in_a_block:
            with session.begin():
                place(session, 1)
                place(session, 2)
        else:
            place(session, 1)
            place(session, 2)
            session.commit()

    assert [number for number, _ in heard] == [1, 2, 10, 20]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_a_receiver_records_in_a_new_transaction_of_the_session_belongs_to_that(
    engine: Engine, heard: Heard, end: str
) -> None:
    def record(region: str, number: int) -> None:
        if number == 1:
            place(session, 2)

    with Session(engine) as session, order_placed.connected_to(record):
        place(session, 1)
        session.commit()
        assert heard == [(1, True)]
        getattr(session, end)()

    assert heard == ([(1, True), (2, True)] if end == "commit" else [(1, True)])


def test_an_event_names_the_one_in_whose_receiver_it_was_recorded(engine: Engine) -> None:
    events = []

    def record(region: str, number: int) -> None:
        events.append(current_event())
        if number == 1:
            send_after_commit(session, order_placed, "eu", number=2)

    with Session(engine) as session, order_placed.connected_to(record):
        send_after_commit(session, order_placed, "eu", number=1)
        session.commit()

    first, second = (each for each in events if each)
    assert (first.cause, second.cause) == (None, first.id)
    assert current_event() is None


# -- at the edges ------------------------------------------------------------------------------------------------


def test_a_session_that_must_be_begun_is_refused_before(engine: Engine, heard: Heard) -> None:
    with Session(engine, autobegin=False) as session:
        with pytest.raises(TransactionError, match=r"call begin\(\) first"):
            send_after_commit(session, order_placed, "eu", number=1)
        with session.begin():
            place(session, 2)

    assert heard == [(2, True)]


def test_an_interruption_passes_with_the_transaction_stored_and_says_what_was_not_sent(
    engine: Engine, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with Session(engine) as session:
        call_after_commit(session, interrupt, label="the interruption")
        place(session, 1)
        with pytest.raises(KeyboardInterrupt):
            session.commit()
        place(session, 2)
        session.commit()

        assert session.scalars(select(Order.number).order_by(Order.number)).all() == [1, 2]
    assert heard == [(2, True)]
    assert "not sent any more: shop-of-transactions:order_placed" in caplog.text


@pytest.mark.parametrize("prepares", [True, False])
@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
def test_a_session_in_two_phases_sends_when_the_second_is_over(engine: Engine, heard: Heard, prepares: bool) -> None:
    with Session(engine, twophase=True) as session:
        place(session, 1)
        if prepares:
            session.prepare()
            assert heard == []
        session.commit()
        place(session, 2)
        session.rollback()

    assert heard == [(1, True)]
