"""Any order of savepoints, records, commits and rollbacks, beside a model that is a stack of lists."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, create_engine, event, insert
from sqlalchemy.orm import Session

from portico.sources.sqlalchemy import send_after_commit
from tests.sources.sqlalchemy.shop import Base, Order, order_placed


class Savepoint(Protocol):
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


def let_savepoints_begin_a_transaction(connection: Any, _: object) -> None:
    # Python's driver of SQLite begins one before a write only: releasing a savepoint would commit.
    connection.isolation_level = None


def begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


class _AnyOrder(RuleBasedStateMachine):
    """What is recorded is heard if it was stored, in order; by then another connection can read it."""

    target: Any

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        folder = self.undo.enter_context(TemporaryDirectory())
        self.engine = create_engine(f"sqlite:///{Path(folder) / 'shop.db'}")
        self.undo.callback(self.engine.dispose)
        event.listen(self.engine, "connect", let_savepoints_begin_a_transaction)
        event.listen(self.engine, "begin", begin)
        Base.metadata.create_all(self.engine)
        self.heard: list[tuple[int, bool]] = []
        self.stored: list[int] = []
        self.waiting: list[list[int]] = [[]]
        self.savepoints: list[Savepoint] = []
        self.number = 0
        self.undo.enter_context(order_placed.connected_to(self.hear))
        self.open()

    def hear(self, region: str, *, number: int) -> None:
        with Session(self.engine) as other:
            self.heard.append((number, other.get(Order, number) is not None))

    def open(self) -> None:
        raise NotImplementedError

    @rule()
    def record(self) -> None:
        self.number += 1
        self.target.execute(insert(Order).values(number=self.number))
        send_after_commit(self.target, order_placed, "eu", number=self.number)
        self.waiting[-1].append(self.number)

    @rule()
    def begin_savepoint(self) -> None:
        self.savepoints.append(self.target.begin_nested())
        self.waiting.append([])

    @precondition(lambda self: self.savepoints)
    @rule()
    def release(self) -> None:
        self.savepoints.pop().commit()
        released = self.waiting.pop()
        self.waiting[-1] += released

    @precondition(lambda self: self.savepoints)
    @rule()
    def roll_back_to_savepoint(self) -> None:
        self.savepoints.pop().rollback()
        self.waiting.pop()

    @rule()
    def commit(self) -> None:
        self.target.commit()
        self.stored += [number for level in self.waiting for number in level]
        self.waiting, self.savepoints = [[]], []

    @rule()
    def roll_back(self) -> None:
        self.target.rollback()
        self.waiting, self.savepoints = [[]], []

    @rule()
    def reopen(self) -> None:
        self.target.close()
        self.waiting, self.savepoints = [[]], []
        self.open()

    @invariant()
    def what_was_stored_was_heard_in_order(self) -> None:
        assert self.heard == [(number, True) for number in self.stored]

    def teardown(self) -> None:
        self.target.close()
        self.undo.close()


class _OfSessions(_AnyOrder):
    def open(self) -> None:
        self.target = Session(self.engine)

    @precondition(lambda self: self.savepoints)
    @rule(data=strategies.data())
    def roll_back_to_any_savepoint(self, data: strategies.DataObject) -> None:
        index = data.draw(strategies.integers(0, len(self.savepoints) - 1))
        self.savepoints[index].rollback()
        del self.savepoints[index:], self.waiting[index + 1 :]


class _OfConnections(_AnyOrder):
    def open(self) -> None:
        self.target = self.engine.connect()


class _OfJoinedSessions(_OfConnections):
    """Everything is written and recorded through sessions that are joined to the connection, and commit at once."""

    @rule()
    def record(self) -> None:
        self.number += 1
        if not self.target.in_transaction():
            self.target.begin()
        with Session(self.target) as session:
            session.add(Order(number=self.number))
            send_after_commit(session, order_placed, "eu", number=self.number)
            session.commit()
        self.waiting[-1].append(self.number)


TestSessions = _OfSessions.TestCase
TestConnections = _OfConnections.TestCase
TestJoinedSessions = _OfJoinedSessions.TestCase
TestSessions.settings = TestConnections.settings = TestJoinedSessions.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None
)
