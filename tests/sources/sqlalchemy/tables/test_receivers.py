from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, object_session, scoped_session, sessionmaker

from portico.errors import DeclarationError, TransactionError, Veto
from portico.signals import Namespace
from portico.sources.sqlalchemy import TableSignals, own_session
from tests.sources.sqlalchemy.tables.rows import add, refuse, stored, the
from tests.sources.sqlalchemy.tables.stock import Base, Heard, Item, Shelf, stock

# -- vetoes, and what receivers may do ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pre_create", "pre_modify", "pre_delete"])
def test_a_veto_rolls_back_all_of_the_transaction(engine: Engine, heard: Heard, name: str) -> None:
    add(engine, heard, Item(id=1, name="nut"), Item(id=2))

    with Session(engine) as session:
        session.add(Shelf(id=1))
        session.flush()
        first, second = the(session, Item, 1), the(session, Item, 2)
        session.add(Item(id=3))
        first.name = "bolt"
        session.delete(second)
        with stock[name].connected_to(refuse, sender=Item), pytest.raises(Veto, match="not today"):
            session.commit()
        session.rollback()
        assert first.name == "nut"
        session.commit()

    assert heard.after == []
    assert (stored(engine, Shelf), stored(engine, Item)) == ([], [1, 2])


def test_a_veto_in_a_flush_that_a_query_caused_leaves_nothing_to_be_committed(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        session.add(Shelf(id=1))
        session.flush()
        session.add(Item(id=1))
        with stock["pre_create"].connected_to(refuse, sender=Item), pytest.raises(Veto):
            session.scalars(select(Shelf)).all()
        with pytest.raises(InvalidRequestError, match="rolled back due to a previous exception during flush"):
            session.commit()

    assert heard.after == []
    assert stored(engine, Shelf) == []


def test_a_veto_in_a_savepoint_rolls_back_to_it(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        session.add(Item(id=1))
        savepoint = session.begin_nested()
        session.add(Item(id=2))
        session.flush()
        session.add(Shelf(id=1))
        with stock["pre_create"].connected_to(refuse, sender=Shelf), pytest.raises(Veto):
            savepoint.commit()
        savepoint.rollback()
        session.commit()

    assert heard.after == [("post_create", "Item", 1, None)]
    assert (stored(engine, Shelf), stored(engine, Item)) == ([], [1])


def test_a_row_that_only_the_flush_finds_can_be_vetoed_too(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Shelf(id=1), Item(id=1, shelf_id=1))

    with Session(engine) as session:
        session.delete(the(session, Shelf, 1))
        with stock["pre_modify"].connected_to(refuse, sender=Item), pytest.raises(Veto):
            session.flush()

    assert stored(engine, Shelf) == [1]


def test_a_receiver_in_the_flush_writes_through_the_sender_s_session(engine: Engine, heard: Heard) -> None:
    def label(_: object, *, instance: Shelf) -> None:
        session = object_session(instance)
        assert session is not None
        instance.name = "named"
        session.add(Item(id=instance.id * 10))

    with Session(engine) as session, stock["pre_create"].connected_to(label, sender=Shelf):
        session.add_all([Shelf(id=1), Shelf(id=2)])
        session.commit()

        assert the(session, Shelf, 1).name == "named"
    assert sorted(heard.after) == [
        ("post_create", "Item", 10, None),
        ("post_create", "Item", 20, None),
        ("post_create", "Shelf", 1, None),
        ("post_create", "Shelf", 2, None),
    ]
    assert {name for name, *_ in heard.before} == {"pre_create"}
    assert len(heard.before) == 4


def test_a_receiver_after_the_commit_writes_through_a_session_of_its_own(engine: Engine, heard: Heard) -> None:
    def count(_: object, *, instance: Shelf) -> None:
        with own_session() as session:
            session.add(Item(id=7, shelf_id=instance.id))
            session.commit()

    with Session(engine) as session, stock["post_create"].connected_to(count, sender=Shelf), session.begin():
        session.add(Shelf(id=1))

    assert heard.after == [("post_create", "Shelf", 1, None), ("post_create", "Item", 7, None)]


def test_outside_of_such_a_receiver_there_is_no_session_of_its_own() -> None:
    with pytest.raises(TransactionError, match="receivers of post_create"), own_session():
        pass


# -- whose sessions ----------------------------------------------------------------------------------------------


def test_only_the_sessions_that_were_given_are_heard(engine: Engine) -> None:
    heard_here, others = sessionmaker(engine), sessionmaker(engine)
    keys: list[int] = []
    namespace = Namespace("stock-of-one-maker")

    with TableSignals(scoped_session(heard_here), [Item], namespace=namespace, silent="ignore") as tables:
        namespace["post_create"].connect(lambda _, **payload: keys.append(payload["instance"].id))
        for number, maker in enumerate((heard_here, others), start=1):
            with maker() as session:
                session.add(Item(id=number))
                session.commit()
        tables.close()
        with heard_here() as session:
            session.add(Item(id=8))
            session.commit()

    assert keys == [1]
    assert repr(tables) == "<TableSignals of Item in stock-of-one-maker, closed>"


def test_a_single_session_can_be_heard(engine: Engine) -> None:
    keys: list[int] = []
    namespace = Namespace("stock-of-one-session")

    with (
        Session(engine) as one,
        Session(engine) as other,
        TableSignals(one, [Item], namespace=namespace, silent="ignore"),
    ):
        namespace["post_create"].connect(lambda _, **payload: keys.append(payload["instance"].id))
        one.add(Item(id=1))
        one.commit()
        other.add(Item(id=2))
        other.commit()

    assert keys == [1]


def test_closing_leaves_no_listener_behind(engine: Engine) -> None:
    tables = TableSignals(Session, [Item], namespace=Namespace("stock-closed"))
    tables.close()
    tables.close()

    with TableSignals(Session, [Item], namespace=Namespace("stock-closed")):
        pass
    with Session(engine) as session:
        session.add(Item(id=1))
        session.commit()


@pytest.mark.parametrize(
    ("sessions", "classes", "message"),
    [
        (Session, [], "without a class"),
        (Session, [int], "cannot hear of <class 'int'>; name a class that SQLAlchemy maps"),
        (Session, [Base], "name a class that SQLAlchemy maps"),
        ("session", [Item], "cannot hear of changes through 'session'; pass a Session class"),
        (sessionmaker, [Item], "pass a Session class"),
    ],
)
def test_what_cannot_be_heard_is_refused(sessions: Any, classes: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        TableSignals(sessions, classes)


def test_two_namespaces_hear_of_the_same_class_independently(engine: Engine, heard: Heard) -> None:
    notes: list[Any] = []
    namespace = Namespace("stock-of-another-owner")
    add(engine, heard, Item(id=1, name="nut"))

    with TableSignals(Session, [Item], namespace=namespace), Session(engine) as session:
        namespace["post_modify"].connect(lambda _, **payload: notes.append(payload["changes"]))
        the(session, Item, 1).name = "bolt"
        session.commit()

    assert notes == [{"name": ("nut", "bolt")}]
    assert heard.after == [("post_modify", "Item", 1, {"name": ("nut", "bolt")})]


def test_the_rows_of_a_class_are_not_sent_twice(tables: TableSignals) -> None:
    with pytest.raises(DeclarationError, match="cannot send the rows of Item in stock-of-tables twice"):
        TableSignals(sessionmaker(), [Item], namespace=stock)


def test_signals_of_others_by_these_names_are_left_alone() -> None:
    namespace = Namespace("stock-taken")
    namespace.declare("post_create", {"order": int}, sender=str)

    with pytest.raises(DeclarationError, match="cannot declare stock-taken:post_create again"):
        TableSignals(Session, [Item], namespace=namespace)
