from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine, Table, event, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portico.errors import DeclarationError, SilentChangeError, SilentChangeWarning
from portico.signals import Namespace
from portico.sources.sqlalchemy import TableSignals
from tests.sources.sqlalchemy.tables.conftest import CLASSES
from tests.sources.sqlalchemy.tables.rows import add, counts_rows, stored, the
from tests.sources.sqlalchemy.tables.stock import Group, Heard, Item, Label, Place, Press, Shelf, User, members, stock

items = cast("Table", Item.__table__)
shelves, labels, presses = (cast("Table", each.__table__) for each in (Shelf, Label, Press))

Way = Callable[[Session], object]

WAYS: dict[str, Way] = {
    "core insert": lambda session: session.execute(items.insert().values(id=9)),
    "core update": lambda session: session.execute(items.update().values(name="x")),
    "core delete": lambda session: session.execute(items.delete()),
    "executemany": lambda session: session.execute(items.insert(), [{"id": 8}, {"id": 9}]),
    "core on the connection": lambda session: session.connection().execute(items.update().values(name="x")),
    "text": lambda session: session.execute(text("UPDATE stock_items SET name = 'x'")),
    "driver SQL": lambda session: session.connection().exec_driver_sql("DELETE FROM stock_items"),
    "another connection": lambda session: _elsewhere(session.get_bind().engine),
    "bulk_insert_mappings": lambda session: session.bulk_insert_mappings(Item, [{"id": 9}]),
    "bulk_update_mappings": lambda session: session.bulk_update_mappings(Item, [{"id": 1, "name": "x"}]),
    "bulk_save_objects": lambda session: session.bulk_save_objects([Item(id=9)]),
    "a membership": lambda session: session.execute(insert(members).values(user_id=1, group_id=1)),
    "a table of a subclass": lambda session: session.execute(presses.update().values(force=3)),
}


def _elsewhere(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(labels.delete())


@pytest.mark.parametrize("way", WAYS)
def test_a_change_that_no_signal_tells_of_is_warned_of_where_it_is_made(engine: Engine, heard: Heard, way: str) -> None:
    add(engine, heard, Item(id=1), User(id=1), Group(id=1))

    with Session(engine) as session, pytest.warns(SilentChangeWarning, match="and no signal tells of it") as caught:
        WAYS[way](session)

    assert [Path(each.filename).name for each in caught] == ["test_silent.py"]


@pytest.fixture
def refusing() -> Iterator[TableSignals]:
    with TableSignals(Session, CLASSES, namespace=Namespace("stock-refusing"), silent="raise") as tables:
        yield tables


@pytest.mark.parametrize("way", WAYS)
def test_a_change_that_no_signal_tells_of_can_be_refused(engine: Engine, refusing: TableSignals, way: str) -> None:
    with Session(engine) as session:
        session.add_all([Item(id=1, name="nut"), User(id=1), Group(id=1)])
        session.commit()
        with pytest.raises(SilentChangeError, match="not run: "):
            WAYS[way](session)
        session.rollback()

    with Session(engine) as session:
        assert the(session, Item, 1).name == "nut"
    assert stored(engine, Item) == [1]


@counts_rows
def test_the_unit_of_work_itself_is_not_reported(engine: Engine, refusing: TableSignals) -> None:
    with Session(engine) as session:
        user, shelf = User(id=1), Shelf(id=1, labels=[Label(id=1)])
        press, place = Press(id=1), Place(row=1, seat=1)
        session.add_all([Group(id=1, users=[user]), shelf, press, place, *(Item() for _ in range(30))])
        session.commit()
        user.groups, shelf.labels, press.force, place.words = [], [], 3, "x"
        session.flush()
        session.delete(user)
        session.delete(press)
        session.commit()

        assert session.get(User, 1) is None


def test_statements_that_a_listener_of_the_flush_runs_are_reported(engine: Engine, refusing: TableSignals) -> None:
    def meddle(mapper: object, connection: Connection, shelf: Shelf) -> None:
        connection.execute(items.update().values(name="x"))

    event.listen(Shelf, "before_insert", meddle)
    try:
        with Session(engine) as session:
            session.add(Shelf(id=1))
            with pytest.raises(SilentChangeError):
                session.commit()
    finally:
        event.remove(Shelf, "before_insert", meddle)


def test_a_flush_that_failed_hides_nothing_that_comes_after_it(engine: Engine, refusing: TableSignals) -> None:
    with Session(engine) as session:
        session.add_all([Item(id=1), Item(id=2, shelf_id=77)])
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        with pytest.raises(SilentChangeError):
            session.bulk_save_objects([Item(id=2)])


def test_flushes_of_sessions_that_are_not_heard_are_reported(engine: Engine) -> None:
    with (
        Session(engine) as heard,
        Session(engine) as other,
        TableSignals(heard, [Item], namespace=Namespace("stock-of-a-heard-session"), silent="raise"),
    ):
        heard.add(Item(id=1))
        heard.commit()
        other.add(Item(id=2))
        with pytest.raises(SilentChangeError):
            other.commit()


def test_reading_and_other_tables_are_not_reported(engine: Engine) -> None:
    with (
        Session(engine) as session,
        TableSignals(Session, [Item], namespace=Namespace("stock-of-items-alone"), silent="raise"),
    ):
        session.execute(text("SELECT * FROM stock_items"))
        session.execute(shelves.delete())


def test_nothing_is_looked_at_where_silent_changes_are_ignored(engine: Engine) -> None:
    with (
        Session(engine) as session,
        TableSignals(Session, [Item], namespace=Namespace("stock-ignoring"), silent="ignore"),
    ):
        session.execute(items.delete())


def test_nothing_is_reported_once_it_is_closed(engine: Engine, refusing: TableSignals) -> None:
    refusing.close()

    with Session(engine) as session:
        session.execute(items.delete())


def test_an_unknown_policy_is_refused() -> None:
    silent: Any = "never"
    with pytest.raises(DeclarationError, match="cannot take silent='never'; use 'warn', 'raise' or 'ignore'"):
        TableSignals(Session, [Item], namespace=stock, silent=silent)
