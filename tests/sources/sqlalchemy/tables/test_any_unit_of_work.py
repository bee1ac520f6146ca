"""Any unit of work, beside a model that is a dictionary of rows: each row is told of once, by what became of it."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import create_engine, delete, event, update
from sqlalchemy.orm import Session

from portico.signals import Namespace
from portico.sources.sqlalchemy import TableSignals
from tests.sources.sqlalchemy.tables.conftest import let_savepoints_begin_a_transaction
from tests.sources.sqlalchemy.tables.stock import Base, Item

numbers = strategies.integers(1, 4)
names = strategies.sampled_from(["a", "b", "c"])
counts = strategies.sampled_from([None, 1, 2])


class Row(NamedTuple):
    name: str
    amount: int | None
    is_new: bool
    """Whether it was created in this transaction."""


Rows = dict[int, Row]


class _AnyUnitOfWork(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        folder = self.undo.enter_context(TemporaryDirectory())
        self.engine = create_engine(f"sqlite:///{Path(folder) / 'stock.db'}")
        self.undo.callback(self.engine.dispose)
        event.listen(self.engine, "connect", let_savepoints_begin_a_transaction)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        Base.metadata.create_all(self.engine)
        namespace = Namespace("stock-of-any-unit-of-work")
        self.undo.enter_context(TableSignals(Session, [Item], namespace=namespace, silent="raise"))
        self.heard: list[Any] = []
        for what in ("create", "delete"):
            self.undo.enter_context(namespace[f"post_{what}"].connected_to(self.hear(what)))
        self.undo.enter_context(namespace["post_modify"].connected_to(self.hear("modify")))
        self.stored: Rows = {}
        self.levels: list[Rows] = [{}]
        self.savepoints: list[Any] = []
        self.session = Session(self.engine)

    def hear(self, what: str) -> Any:
        def hear(sender: object, **payload: Any) -> None:
            self.heard.append((what, payload["instance"].id, payload.get("changes")))

        return hear

    @property
    def rows(self) -> Rows:
        return self.levels[-1]

    @rule(number=numbers, name=names, count=counts)
    def add(self, number: int, name: str, count: int | None) -> None:
        if number not in self.rows:
            self.session.add(Item(id=number, name=name, count=count))
            self.rows[number] = Row(name, count, is_new=True)

    @rule(number=numbers, name=names, count=counts)
    def modify(self, number: int, name: str, count: int | None) -> None:
        if number in self.rows:
            item = self.find(number)
            item.name, item.count = name, count
            self.rows[number] = self.rows[number]._replace(name=name, amount=count)

    @rule(number=numbers, name=names)
    def modify_an_expired_one(self, number: int, name: str) -> None:
        if number in self.rows:
            item = self.find(number)
            self.session.expire(item)
            item.name = name
            self.rows[number] = self.rows[number]._replace(name=name)

    @rule(number=numbers)
    def increase(self, number: int) -> None:
        if number in self.rows:
            self.find(number).count = Item.count + 1
            row = self.rows[number]
            self.rows[number] = row._replace(amount=None if row.amount is None else row.amount + 1)

    @rule(number=numbers, name=names, count=counts)
    def merge(self, number: int, name: str, count: int | None) -> None:
        self.session.flush()
        self.session.merge(Item(id=number, name=name, count=count))
        is_new = self.rows[number].is_new if number in self.rows else True
        self.rows[number] = Row(name, count, is_new)

    @rule(number=numbers)
    def remove(self, number: int) -> None:
        if number in self.rows:
            self.session.delete(self.find(number))
            del self.rows[number]

    @rule(old=names, new=names)
    def update_in_bulk(self, old: str, new: str) -> None:
        self.session.execute(update(Item).where(Item.name == old).values(name=new))
        self.levels[-1] = {
            number: row._replace(name=new) if row.name == old else row for number, row in self.rows.items()
        }

    @rule(name=names)
    def delete_in_bulk(self, name: str) -> None:
        self.session.execute(delete(Item).where(Item.name == name))
        self.levels[-1] = {number: row for number, row in self.rows.items() if row.name != name}

    @rule()
    def flush(self) -> None:
        self.session.flush()

    @rule()
    def forget(self) -> None:
        self.session.flush()
        self.session.expunge_all()

    @rule()
    def begin_savepoint(self) -> None:
        self.savepoints.append(self.session.begin_nested())
        self.levels.append(dict(self.rows))

    @precondition(lambda self: self.savepoints)
    @rule()
    def release(self) -> None:
        self.savepoints.pop().commit()
        self.levels[-2:] = [self.rows]

    @precondition(lambda self: self.savepoints)
    @rule()
    def roll_back_to_savepoint(self) -> None:
        self.savepoints.pop().rollback()
        self.levels.pop()

    @rule()
    def roll_back(self) -> None:
        self.session.rollback()
        self.begin_anew(self.stored)
        assert self.heard == []

    @rule()
    def commit(self) -> None:
        self.session.commit()
        after = self.rows
        expected = [note for number in {*self.stored, *after} for note in self.told_of(number, after)]
        assert sorted(self.heard, key=str) == sorted(expected, key=str)
        self.heard.clear()
        self.stored = {number: row._replace(is_new=False) for number, row in after.items()}
        self.begin_anew(self.stored)

    def begin_anew(self, rows: Rows) -> None:
        self.savepoints, self.levels = [], [dict(rows)]

    def told_of(self, number: int, after: Rows) -> list[Any]:
        old, new = self.stored.get(number), after.get(number)
        if old and new and not new.is_new:
            pairs = {"name": (old.name, new.name), "count": (old.amount, new.amount)}
            changes = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
            return [("modify", number, changes)] if changes else []
        return [("delete", number, None)] * (old is not None) + [("create", number, None)] * (new is not None)

    def find(self, number: int) -> Item:
        self.session.flush()
        item = self.session.get(Item, number)
        assert item is not None
        return item

    def teardown(self) -> None:
        self.session.close()
        self.undo.close()


TestAnyUnitOfWork = _AnyUnitOfWork.TestCase
TestAnyUnitOfWork.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
