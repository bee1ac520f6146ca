from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from portico.errors import DeclarationError, SilentChangeError, SilentChangeWarning, Veto
from portico.signals import Namespace
from portico.sources.sqlalchemy import TableSignals
from tests.sources.sqlalchemy.tables.conftest import CLASSES
from tests.sources.sqlalchemy.tables.rows import add, counts_rows, refuse, stored, the
from tests.sources.sqlalchemy.tables.stock import Heard, Item, Machine, Place, Press, Robot, Shelf, stock


@pytest.mark.parametrize("synchronize", ["auto", "fetch", "evaluate", False])
def test_the_rows_of_a_bulk_update_are_told_of_one_by_one(engine: Engine, heard: Heard, synchronize: Any) -> None:
    add(engine, heard, *(Item(id=number, name=f"n{number}", count=number) for number in (1, 2, 3)))
    counts: list[int | None] = []

    with Session(engine) as session:
        first = the(session, Item, 1)
        statement = update(Item).where(Item.id < 3).values(name="n2", count=7)
        session.execute(statement, execution_options={"synchronize_session": synchronize})
        assert heard.before == [
            ("pre_modify", "Item", 1, {"name": ("n1", "n2"), "count": (1, 7)}),
            ("pre_modify", "Item", 2, {"count": (2, 7)}),
        ]
        assert heard.after == []
        with stock["post_modify"].connected_to(lambda _, **payload: counts.append(payload["instance"].count)):
            session.commit()

        assert first.count == 7
    assert heard.after == [
        ("post_modify", "Item", 1, {"name": ("n1", "n2"), "count": (1, 7)}),
        ("post_modify", "Item", 2, {"count": (2, 7)}),
    ]
    assert counts == [7, 7]


def test_what_the_database_computes_in_a_bulk_update_is_told(engine: Engine, heard: Heard) -> None:
    add(engine, heard, *(Item(id=number, count=number) for number in range(1, 251)))

    with Session(engine) as session:
        session.execute(update(Item).values(count=Item.count + 1))
        session.commit()

    assert sorted(heard.after, key=lambda note: note[2]) == [
        ("post_modify", "Item", number, {"count": (number, number + 1)}) for number in range(1, 251)
    ]


def test_a_bulk_update_and_the_unit_of_work_come_to_one_change(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="a"))

    with Session(engine) as session:
        the(session, Item, 1).name = "b"
        session.execute(update(Item).where(Item.name == "b").values(name="c", count=1))
        session.commit()
        session.execute(update(Item).values(name="d"))
        session.rollback()

    assert heard.after == [("post_modify", "Item", 1, {"name": ("a", "c"), "count": (None, 1)})]


@pytest.mark.parametrize("synchronize", ["auto", False])
def test_the_rows_of_a_bulk_delete_are_told_of_one_by_one(engine: Engine, heard: Heard, synchronize: Any) -> None:
    add(engine, heard, *(Item(id=number, name=f"n{number}") for number in (1, 2, 3)))
    names: list[str] = []

    with Session(engine) as session:
        session.execute(delete(Item).where(Item.id > 1), execution_options={"synchronize_session": synchronize})
        with stock["post_delete"].connected_to(lambda _, **payload: names.append(payload["instance"].name)):
            session.commit()

    assert heard.after == [("post_delete", "Item", 2, None), ("post_delete", "Item", 3, None)]
    assert names == ["n2", "n3"]
    assert stored(engine, Item) == [1]


@counts_rows
def test_composite_keys_versions_and_subclasses_are_told_of(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Place(row=1, seat=1), Place(row=1, seat=2), Press(id=1), Robot(id=2))

    with Session(engine) as session:
        session.execute(update(Place).where(Place.seat == 2).values(words="x"))
        session.execute(update(Machine).values(speed=3))
        session.execute(update(Robot).values(name="r"))
        session.commit()

    [place, *machines] = heard.after
    assert place[2:] == ((1, 2), {"words": ("", "x"), "touched": (0, 9), "seen": ("no", "yes")} | _version(place[3]))
    assert sorted(machines, key=str) == [
        ("post_modify", "Machine", 2, {"speed": (None, 3), "name": ("", "r")}),
        ("post_modify", "Press", 1, {"speed": (None, 3)}),
    ]


def _version(changes: Any) -> dict[str, Any]:
    # A bulk update counts the version only in later versions of SQLAlchemy.
    return {"version": (1, 2)} if "version" in changes else {}


@pytest.mark.parametrize("name", ["pre_modify", "pre_delete"])
def test_a_veto_of_a_bulk_statement_rolls_back(engine: Engine, heard: Heard, name: str) -> None:
    add(engine, heard, Item(id=1, name="nut"))
    statement = update(Item).values(name="x") if name == "pre_modify" else delete(Item)

    with Session(engine) as session:
        session.add(Shelf(id=1))
        session.flush()
        with stock[name].connected_to(refuse), pytest.raises(Veto):
            session.execute(statement)
        session.rollback()

        assert session.scalars(select(Item.name)).all() == ["nut"]
    assert stored(engine, Shelf) == []
    assert heard.after == []


def test_a_bulk_update_that_changes_keys_is_reported(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1))

    with Session(engine) as session, pytest.warns(SilentChangeWarning):
        session.execute(update(Item).values(id=2))


def test_a_bulk_update_by_a_list_of_keys_is_reported(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1))

    with Session(engine) as session, pytest.warns(SilentChangeWarning):
        session.execute(update(Item), [{"id": 1, "name": "x"}])


def test_two_table_signals_tell_of_the_same_statement(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut"))
    notes: list[Any] = []
    namespace = Namespace("stock-of-a-second-owner")

    with TableSignals(Session, [Item], namespace=namespace, silent="raise"), Session(engine) as session:
        namespace["post_modify"].connect(lambda _, **payload: notes.append(payload["changes"]))
        session.execute(update(Item).values(name="bolt"))
        session.commit()

    assert notes == [{"name": ("nut", "bolt")}]
    assert heard.after == [("post_modify", "Item", 1, {"name": ("nut", "bolt")})]


# -- the other ways ----------------------------------------------------------------------------------------------


@pytest.fixture
def keyed(engine: Engine) -> Iterator[list[Any]]:
    """What is heard where a bulk statement is one signal."""
    notes: list[Any] = []
    namespace = Namespace("stock-in-bulk")
    with TableSignals(Session, CLASSES, namespace=namespace, bulk="signal", silent="raise"):
        for name in ("bulk_modify", "bulk_delete"):
            namespace[name].connect(
                lambda sender, name=name, **payload: notes.append(
                    (name, sender.__name__, payload["keys"], payload["values"])
                ),
            )
        yield notes


def test_a_bulk_statement_can_be_told_of_by_its_keys(engine: Engine, keyed: list[Any]) -> None:
    with Session(engine) as session:
        session.add_all([Item(id=1), Item(id=2), Item(id=3)])
        session.commit()
        session.execute(update(Item).where(Item.id < 3).values(name="x"))
        session.execute(delete(Item).where(Item.id == 3))
        session.execute(delete(Item).where(Item.id == 9))
        assert keyed == []
        session.commit()
        session.execute(delete(Item))
        session.rollback()

    assert keyed == [("bulk_modify", "Item", ((1,), (2,)), {"name": "x"}), ("bulk_delete", "Item", ((3,),), {})]


def test_bulk_statements_can_be_refused(engine: Engine) -> None:
    with (
        TableSignals(Session, [Item], namespace=Namespace("stock-without-bulk"), bulk="refuse"),
        Session(engine) as session,
        pytest.raises(SilentChangeError, match="not run: a bulk UPDATE of Item; change its objects one by one"),
    ):
        session.execute(update(Item).values(name="x"))


def test_an_unknown_way_is_refused() -> None:
    bulk: Any = "never"
    with pytest.raises(DeclarationError, match="cannot take bulk='never'; use 'rows', 'signal' or 'refuse'"):
        TableSignals(Session, [Item], namespace=stock, bulk=bulk)
