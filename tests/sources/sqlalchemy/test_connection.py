import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from weakref import ref

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portico import Portico
from portico.errors import TransactionError
from portico.sources.sqlalchemy import call_after_commit, send_after_commit, transaction_of
from tests.sources.sqlalchemy.shop import Base, Heard, Order, order_placed, place, place_through


def test_it_is_sent_when_the_connection_has_committed_and_another_one_reads_it(engine: Engine, heard: Heard) -> None:
    with engine.connect() as connection:
        place_through(connection, 1)
        assert heard == []
        connection.commit()
        assert heard == [(1, True)]

    with engine.begin() as connection:
        place_through(connection, 2)

    assert heard == [(1, True), (2, True)]


@pytest.mark.parametrize("end", ["rollback", "close"])
def test_it_is_dropped_when_the_connection_did_not_commit(engine: Engine, heard: Heard, end: str) -> None:
    connection = engine.connect()
    place_through(connection, 1)
    getattr(connection, end)()
    connection.close()

    with engine.begin() as other:
        place_through(other, 2)

    assert heard == [(2, True)]


def test_a_connection_sends_each_transaction_s_own(engine: Engine, heard: Heard) -> None:
    with engine.connect() as connection:
        for number in (1, 2, 3):
            place_through(connection, number)
            connection.rollback() if number == 2 else connection.commit()

    assert heard == [(1, True), (3, True)]


def test_it_is_dropped_when_the_database_refuses_the_commit(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    Base.metadata.create_all(engine)
    numbers: list[int] = []

    with order_placed.connected_to(lambda region, *, number: numbers.append(number)):
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql("CREATE TABLE late (of INTEGER REFERENCES orders DEFERRABLE INITIALLY DEFERRED)")
            connection.commit()
            connection.exec_driver_sql("INSERT INTO late VALUES (7)")
            send_after_commit(connection, order_placed, "eu", number=7)
            with pytest.raises(IntegrityError):
                connection.commit()
            connection.rollback()
        with engine.begin() as connection:
            place_through(connection, 1)
    engine.dispose()

    assert numbers == [1]


def test_what_was_recorded_in_a_savepoint_that_rolled_back_is_dropped(engine: Engine, heard: Heard) -> None:
    with engine.begin() as connection:
        before_the_first_record = connection.begin_nested()
        place_through(connection, 1)
        before_the_first_record.rollback()
        place_through(connection, 2)
        outer = connection.begin_nested()
        place_through(connection, 3)
        with connection.begin_nested():
            place_through(connection, 4)
        outer.rollback()
        with connection.begin_nested():
            place_through(connection, 5)

    assert heard == [(2, True), (5, True)]


@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
@pytest.mark.parametrize("prepares", [True, False])
def test_a_connection_in_two_phases_sends_when_the_second_is_over(engine: Engine, heard: Heard, prepares: bool) -> None:
    with engine.connect() as connection:
        transaction = connection.begin_twophase()
        place_through(connection, 1)
        if prepares:
            transaction.prepare()
            assert heard == []
        transaction.commit()
        transaction = connection.begin_twophase()
        place_through(connection, 2)
        transaction.rollback()

    assert heard == [(1, True)]


@contextmanager
def autocommit_by_the_engine(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def autocommit_by_the_connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
    engine.dispose()


@pytest.mark.parametrize("connect", [autocommit_by_the_engine, autocommit_by_the_connection])
def test_in_autocommit_it_is_sent_at_once(
    url: str, heard: Heard, connect: Callable[[str], AbstractContextManager[Connection]]
) -> None:
    with connect(url) as connection:
        send_after_commit(connection, order_placed, "eu", number=7)
        assert heard == [(7, False)]
        assert not transaction_of(connection).is_open
        with connection.begin():
            place_through(connection, 1)
            assert heard == [(7, False), (1, True)]


def test_sqlite_whose_transactions_are_begun_by_the_application_can_roll_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")

    @event.listens_for(engine, "connect")
    def leave_beginning_to_us(connection: object, _: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    Base.metadata.create_all(engine)
    numbers: list[int] = []
    with order_placed.connected_to(lambda region, *, number: numbers.append(number)), engine.connect() as connection:
        for number in (1, 2):
            send_after_commit(connection, order_placed, "eu", number=number)
            assert numbers == []
            connection.rollback() if number == 1 else connection.commit()
    engine.dispose()

    assert numbers == [2]


def test_what_a_receiver_records_on_the_connection_that_commits_goes_out_with_it(engine: Engine, heard: Heard) -> None:
    def record(region: str, number: int) -> None:
        if number == 1:
            send_after_commit(connection, order_placed, "eu", number=10)

    with order_placed.connected_to(record), engine.begin() as connection:
        place_through(connection, 1)
        place_through(connection, 2)

    assert [number for number, _ in heard] == [1, 2, 10]


def test_a_receiver_may_write_through_a_session_of_its_own(engine: Engine, heard: Heard) -> None:
    def write(region: str, number: int) -> None:
        if number == 1:
            with Session(engine) as session:
                place(session, 2)
                session.commit()

    with order_placed.connected_to(write), engine.begin() as connection:
        place_through(connection, 1)

    assert sorted(heard) == [(1, True), (2, True)]


def test_a_call_that_fails_leaves_the_connection_and_the_other_sends_as_they_were(
    engine: Engine, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError

    with engine.connect() as connection:
        call_after_commit(connection, fail, label="the first")
        place_through(connection, 1)
        connection.commit()

        assert connection.scalars(select(Order.number)).all() == [1]
    assert heard == [(1, True)]
    assert "sending the first after the commit failed" in caplog.text


def test_an_interruption_passes_with_the_transaction_stored(engine: Engine) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with engine.connect() as connection:
        place_through(connection, 1)
        call_after_commit(connection, interrupt, label="the interruption")
        with pytest.raises(KeyboardInterrupt):
            connection.commit()

    with engine.connect() as connection:
        assert connection.scalars(select(Order.number)).all() == [1]


def test_a_connection_that_is_closed_is_refused(engine: Engine) -> None:
    with engine.connect() as connection:
        pass

    with pytest.raises(TransactionError, match="connection that is closed or was lost"):
        send_after_commit(connection, order_placed, "eu", number=1)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("closes", [True, False])
def test_what_was_recorded_and_never_stored_keeps_nothing_alive(engine: Engine, closes: bool) -> None:
    connection = engine.connect()
    connection.begin()
    session = Session(connection)
    # What is recorded leads back to what it is recorded in.
    call_after_commit(connection, partial(print, connection), label="a call")
    call_after_commit(session, partial(print, session, connection), label="another call")
    session.commit()
    call_after_commit(session, partial(print, session, connection), label="another call")
    if closes:
        session.close()
        connection.close()
    found = ref(connection), ref(session)
    del connection, session
    gc.collect()

    assert [find() for find in found] == [None, None]


def test_connections_that_share_one_of_the_database_are_stored_together() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    numbers: list[int] = []

    with (
        order_placed.connected_to(lambda region, *, number: numbers.append(number)),
        engine.connect() as one,
        engine.connect() as other,
    ):
        for number, connection in enumerate((one, other), start=1):
            place_through(connection, number)
        one.commit()
    engine.dispose()

    assert sorted(numbers) == [1, 2]


def test_closing_the_host_puts_back_what_was_wrapped_of_an_engine(engine: Engine, heard: Heard) -> None:
    names = ("do_commit", "do_commit_twophase", "do_savepoint", "do_rollback_to_savepoint")

    with Portico():
        with engine.begin() as connection:
            place_through(connection, 1)
        assert set(names) <= set(vars(engine.dialect))

    assert not set(names) & set(vars(engine.dialect))
    with Portico(), engine.begin() as connection:
        place_through(connection, 2)
    assert heard == [(1, True), (2, True)]


def test_what_others_wrapped_of_an_engine_stays_wrapped(engine: Engine, heard: Heard) -> None:
    commits: list[str] = []
    plain = engine.dialect.do_commit

    def earlier(connection: object) -> None:
        commits.append("earlier")
        plain(connection)  # type: ignore[arg-type]

    engine.dialect.do_commit = earlier  # type: ignore[method-assign, assignment]
    with Portico(), engine.begin() as connection:
        place_through(connection, 1)

    with engine.begin() as connection:
        connection.execute(insert(Order).values(number=2))
    assert engine.dialect.do_commit is earlier
    assert commits[-1] == "earlier"
    assert heard == [(1, True)]
