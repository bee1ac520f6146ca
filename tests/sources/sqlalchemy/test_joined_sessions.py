"""Sessions that are joined to a transaction which somebody else began."""

from typing import get_args

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.orm.session import JoinTransactionMode

from portico.sources.sqlalchemy import send_after_commit
from tests.sources.sqlalchemy.shop import Base, Heard, Line, Order, order_placed, place

MODES = get_args(JoinTransactionMode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outcome", ["commit", "rollback", "close"])
def test_of_a_session_joined_to_an_outer_transaction_the_outermost_decides(
    engine: Engine, heard: Heard, mode: JoinTransactionMode, outcome: str
) -> None:
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode=mode) as session:
            place(session, 1)
            session.commit()
            is_stored = not connection.in_transaction()
            assert heard == ([(1, True)] if is_stored else [])
        if outer.is_active:
            getattr(outer, outcome)()

    assert heard == ([(1, True)] if is_stored or outcome == "commit" else [])
    assert is_stored == (mode == "control_fully")


@pytest.mark.parametrize("mode", MODES)
def test_of_a_session_joined_to_a_savepoint_that_rolls_back_nothing_is_sent(
    engine: Engine, heard: Heard, mode: JoinTransactionMode
) -> None:
    with engine.connect() as connection, connection.begin():
        savepoint = connection.begin_nested()
        with Session(connection, join_transaction_mode=mode) as session:
            place(session, 1)
            session.commit()
        if savepoint.is_active:
            savepoint.rollback()
            stored = []
        else:
            # It was the session's to release.
            stored = [(1, True)]
        with Session(connection, join_transaction_mode=mode) as session:
            place(session, 2)
            session.commit()
            if mode == "control_fully":
                stored.append((2, True))

    assert heard == (stored if mode == "control_fully" else [(2, True)])


def test_a_session_that_sent_no_statement_waits_for_the_outer_transaction_too(engine: Engine, heard: Heard) -> None:
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection) as session:
            send_after_commit(session, order_placed, "eu", number=1)
            session.commit()
        outer.rollback()

    assert heard == []


def test_sends_of_several_joined_sessions_keep_their_order_among_those_of_the_connection(
    engine: Engine, heard: Heard
) -> None:
    with engine.begin() as connection:
        send_after_commit(connection, order_placed, "eu", number=1)
        for number in (2, 3):
            with Session(connection) as session:
                place(session, number)
                session.commit()
        send_after_commit(connection, order_placed, "eu", number=4)
        assert heard == []

    assert [number for number, _ in heard] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("ends", "sent"), [(("commit", "commit"), True), (("commit", "rollback"), False), (("rollback", "commit"), False)]
)
def test_a_session_joined_to_two_transactions_waits_for_both(
    engine: Engine, heard: Heard, ends: tuple[str, str], sent: bool
) -> None:
    beside = create_engine("sqlite://")
    Base.metadata.create_all(beside)

    with engine.connect() as one, beside.connect() as other:
        outer = one.begin(), other.begin()
        with Session(binds={Order: one, Line: other}) as session:
            place(session, 1)
            session.add(Line(number=1, order_number=1))
            session.commit()
        for transaction, end in zip(outer, ends, strict=True):
            assert heard == []
            getattr(transaction, end)()
    beside.dispose()

    assert heard == ([(1, True)] if sent else [])


def test_a_session_of_a_connection_without_a_transaction_commits_for_itself(engine: Engine, heard: Heard) -> None:
    with engine.connect() as connection, Session(connection) as session:
        place(session, 1)
        session.commit()

        assert heard == [(1, True)]
