from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.sources.sqlalchemy.tables.rows import add, counts_rows, the
from tests.sources.sqlalchemy.tables.stock import (
    Group,
    Heard,
    Item,
    Label,
    Machine,
    Place,
    Press,
    Robot,
    Shelf,
    User,
    stock,
)

# -- the moments -------------------------------------------------------------------------------------------------


def test_a_row_is_announced_in_the_flush_and_told_of_when_others_can_read_it(engine: Engine, heard: Heard) -> None:
    seen: list[tuple[str, bool]] = []

    def look(name: str, instance: Any) -> None:
        with Session(engine) as other:
            seen.append((name, other.get(Item, 1) is not None))

    with Session(engine) as session:
        session.add(Item(id=1, name="nut"))
        session.flush()
        assert heard.before == [("pre_create", "Item", 1, None)]
        assert heard.after == []
        heard.look = look
        session.commit()

    assert heard.after == [("post_create", "Item", 1, None)]
    assert seen == [("post_create", True)]


def test_old_and_new_values_are_told_of_a_changed_row(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut", count=1))

    with Session(engine) as session:
        the(session, Item, 1).name = "bolt"
        session.flush()
        assert heard.before == [("pre_modify", "Item", 1, {"name": ("nut", "bolt")})]
        session.commit()

    assert heard.after == [("post_modify", "Item", 1, {"name": ("nut", "bolt")})]


def test_a_deleted_row_can_still_be_read_by_receivers(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut", count=4))
    names: list[tuple[str, int]] = []

    with Session(engine) as session:
        item = the(session, Item, 1)
        session.expire(item)
        session.delete(item)
        with stock["post_delete"].connected_to(
            lambda _, **payload: names.append((payload["instance"].name, payload["instance"].made))
        ):
            session.commit()

    assert heard.after == [("post_delete", "Item", 1, None)]
    assert names == [("nut", 7)]


@pytest.mark.parametrize("end", ["rollback", "close"])
def test_nothing_is_told_of_what_was_rolled_back(engine: Engine, heard: Heard, end: str) -> None:
    with Session(engine) as session:
        session.add(Item(id=1))
        session.flush()
        getattr(session, end)()
        session.commit()

    assert heard.after == []
    assert heard.before == [("pre_create", "Item", 1, None)]


def test_only_what_its_savepoints_have_kept_is_told_of(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session, session.begin():
        session.add(Item(id=1))
        with session.begin_nested():
            session.add(Item(id=2))
        with session.begin_nested() as savepoint:
            session.add(Item(id=3))
            the(session, Item, 1).name = "gone"
            session.flush()
            savepoint.rollback()
        session.add(Item(id=4))

    assert heard.after == [("post_create", "Item", number, None) for number in (1, 2, 4)]


def test_of_a_session_joined_to_a_connection_that_one_decides(engine: Engine, heard: Heard) -> None:
    with engine.connect() as connection:
        connection.begin()
        with Session(connection) as session:
            session.add(Item(id=1))
            session.commit()
        assert heard.after == []
        connection.rollback()
        connection.begin()
        with Session(connection) as session:
            session.add(Item(id=2))
            session.commit()
        connection.commit()

    assert heard.after == [("post_create", "Item", 2, None)]


# -- what a transaction comes to ---------------------------------------------------------------------------------


def test_a_transaction_is_told_of_by_what_it_came_to(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="one", count=1), Item(id=2, name="two"), Item(id=3, name="three"))

    with Session(engine) as session:
        first, second, third = (the(session, Item, number) for number in (1, 2, 3))
        first.name = "uno"
        session.flush()
        fresh, brief = Item(id=4, name="four"), Item(id=5)
        session.add_all([fresh, brief])
        session.flush()
        first.name, first.count, second.name = "eins", 2, "zwei"
        fresh.name = "vier"
        session.delete(brief)
        session.flush()
        second.name = "two"
        third.name = "drei"
        session.flush()
        session.delete(third)
        session.commit()

    assert heard.after == [
        ("post_modify", "Item", 1, {"name": ("one", "eins"), "count": (1, 2)}),
        ("post_create", "Item", 4, None),
        ("post_delete", "Item", 3, None),
    ]


def test_a_row_deleted_and_created_again_is_told_of_as_both(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="old"), Item(id=2, name="old"))

    with Session(engine) as session:
        session.delete(the(session, Item, 1))
        session.flush()
        session.add(Item(id=1, name="new"))
        # In one flush, SQLAlchemy makes an UPDATE of it.
        session.delete(the(session, Item, 2))
        session.add(Item(id=2, name="new"))
        session.commit()

    assert sorted(heard.after) == sorted(
        [(f"post_{what}", "Item", number, None) for number in (1, 2) for what in ("delete", "create")]
    )
    assert [name for name, _, key, _ in heard.after if key == 2] == ["post_delete", "post_create"]


@counts_rows
def test_a_row_that_gets_another_key_stays_one_row(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Place(row=1, seat=1, words="a"))

    with Session(engine) as session:
        place = the(session, Place, (1, 1))
        place.seat = 2
        session.flush()
        place.words = "b"
        session.flush()
        place.seat = 3
        session.commit()

    [(name, _, key, changes)] = heard.after
    assert (name, key) == ("post_modify", (1, 3))
    assert changes is not None
    assert changes["seat"] == (1, 3)
    assert changes["words"] == ("a", "b")


def test_each_transaction_of_a_session_is_told_of_by_itself(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        item = Item(id=1)
        session.add(item)
        session.commit()
        item.name = "nut"
        session.commit()
        item.name = "bolt"
        session.rollback()
        session.delete(item)
        session.commit()

    assert [(name, changes) for name, _, _, changes in heard.after] == [
        ("post_create", None),
        ("post_modify", {"name": ("", "nut")}),
        ("post_delete", None),
    ]


# -- old values --------------------------------------------------------------------------------------------------


def test_the_old_value_of_an_expired_attribute_is_read_before_it_is_overwritten(engine: Engine, heard: Heard) -> None:
    add(engine, heard, *(Item(id=number, name=f"n{number}") for number in range(1, 251)))

    with Session(engine) as session:
        items = session.scalars(select(Item).order_by(Item.id)).all()
        session.commit()
        for item in items:
            item.name = "new" if item in items[:249] else "n250"
        session.commit()

    assert heard.after == [("post_modify", "Item", n, {"name": (f"n{n}", "new")}) for n in range(1, 250)]


def test_the_old_value_of_json_that_was_changed_in_place_is_read_too(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, notes={"a": 1}))

    with Session(engine) as session:
        item = the(session, Item, 1)
        item.notes["a"] = 2
        session.flush()
        item.notes["b"] = 3
        session.flush()
        item.notes["c"] = 4
        session.commit()

    assert heard.after == [("post_modify", "Item", 1, {"notes": ({"a": 1}, {"a": 2, "b": 3, "c": 4})})]


def test_what_the_database_makes_of_an_expression_is_told(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, count=1), Item(id=2, name="nut"))

    with Session(engine) as session:
        the(session, Item, 1).count = Item.count + 1
        the(session, Item, 2).name = func.lower("NUT")
        session.commit()

    assert heard.after == [("post_modify", "Item", 1, {"count": (1, 2)})]


@counts_rows
def test_columns_that_change_by_themselves_are_told(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Place(row=1, seat=1))

    with Session(engine) as session:
        place = the(session, Place, (1, 1))
        place.words = "hello"
        session.commit()
        place.words = "again"
        session.commit()

    assert [changes for *_, changes in heard.after] == [
        {"words": ("", "hello"), "touched": (0, 9), "seen": ("no", "yes"), "version": (1, 2)},
        {"words": ("hello", "again"), "version": (2, 3)},
    ]


def test_attributes_are_told_by_their_own_names(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut", count=1))

    with Session(engine) as session:
        item = the(session, Item, 1)
        item.title = "bolt"
        item.double = 8
        session.commit()

    assert heard.after == [("post_modify", "Item", 1, {"name": ("nut", "bolt"), "count": (1, 4)})]


def test_what_is_merged_is_told_as_what_it_changes(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut"))

    with Session(engine) as session:
        session.merge(Item(id=1, name="bolt"))
        session.merge(Item(id=2, name="new"))
        session.commit()
        session.merge(Item(id=1, name="bolt"))
        session.commit()

    assert sorted(heard.after) == [
        ("post_create", "Item", 2, None),
        ("post_modify", "Item", 1, {"name": ("nut", "bolt")}),
    ]


def test_assigning_what_was_there_is_no_change(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Item(id=1, name="nut"))

    with Session(engine) as session:
        item = the(session, Item, 1)
        item.name = "bolt"
        item.name = "nut"
        session.commit()
        item.name = "nut"
        session.commit()

    assert (heard.before, heard.after) == ([], [])


# -- relationships -----------------------------------------------------------------------------------------------


def test_a_reference_is_told_as_the_foreign_key_that_it_changes(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Shelf(id=1), Shelf(id=2), Item(id=1, shelf_id=1), Item(id=2))

    with Session(engine) as session:
        first, second = the(session, Shelf, 1), the(session, Shelf, 2)
        the(session, Item, 1).shelf = second
        first.items.append(the(session, Item, 2))
        session.flush()
        assert sorted(heard.before) == [
            ("pre_modify", "Item", 1, {"shelf_id": (1, 2)}),
            ("pre_modify", "Item", 2, {"shelf_id": (None, 1)}),
        ]
        session.commit()

    assert sorted(heard.after) == [
        ("post_modify", "Item", 1, {"shelf_id": (1, 2)}),
        ("post_modify", "Item", 2, {"shelf_id": (None, 1)}),
    ]


def test_rows_that_lose_their_parent_are_told_of(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Shelf(id=1), Item(id=1, shelf_id=1), Label(id=1, shelf_id=1))

    with Session(engine) as session:
        session.delete(the(session, Shelf, 1))
        session.commit()

    expected = [
        ("modify", "Item", 1, {"shelf_id": (1, None)}),
        ("delete", "Label", 1, None),
        ("delete", "Shelf", 1, None),
    ]
    assert sorted(heard.before, key=str) == sorted([(f"pre_{w}", *rest) for w, *rest in expected], key=str)
    assert sorted(heard.after, key=str) == sorted([(f"post_{w}", *rest) for w, *rest in expected], key=str)


def test_an_orphan_is_told_of_as_deleted(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Shelf(id=1, labels=[Label(id=1), Label(id=2)]))

    with Session(engine) as session:
        shelf = the(session, Shelf, 1)
        shelf.labels = [label for label in shelf.labels if label.id == 2]
        session.commit()

    assert heard.before == [("pre_delete", "Label", 1, None)]
    assert heard.after == [("post_delete", "Label", 1, None)]


def test_who_joined_and_who_left_is_told_of_both_ends_of_a_membership(engine: Engine, heard: Heard) -> None:
    nora, per = User(id=1, name="nora"), User(id=2, name="per")
    add(engine, heard, Group(id=1, users=[nora]), per)
    notes: list[Any] = []

    def hear(_: object, *, instance: Any, changes: Any) -> None:
        [(field, (left, joined))] = changes.items()
        notes.append((type(instance).__name__, field, [each.id for each in left], [each.id for each in joined]))

    with Session(engine) as session, stock["post_modify"].connected_to(hear):
        group = the(session, Group, 1)
        group.users.append(the(session, User, 2))
        session.flush()
        group.users.remove(the(session, User, 1))
        session.commit()

    assert sorted(notes) == [
        ("Group", "users", [1], [2]),
        ("User", "groups", [], [1]),
        ("User", "groups", [1], []),
    ]


def test_a_membership_that_is_undone_in_its_transaction_is_not_told_of(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Group(id=1), User(id=1))

    with Session(engine) as session:
        group, user = the(session, Group, 1), the(session, User, 1)
        group.users.append(user)
        session.flush()
        group.users.remove(user)
        session.commit()

    assert heard.after == []


# -- inheritance -------------------------------------------------------------------------------------------------


def test_the_sender_is_the_nearest_class_that_was_named(engine: Engine, heard: Heard) -> None:
    with Session(engine) as session:
        press, robot, machine = Press(id=1, name="p"), Robot(id=2), Machine(id=3)
        session.add_all([press, robot, machine])
        session.commit()
        press.name, press.force, robot.speed = "q", 5, 3
        session.commit()

    assert sorted(heard.after, key=str) == sorted(
        [
            ("post_create", "Machine", 2, None),
            ("post_create", "Machine", 3, None),
            ("post_create", "Press", 1, None),
            ("post_modify", "Machine", 2, {"speed": (None, 3)}),
            ("post_modify", "Press", 1, {"name": ("p", "q"), "force": (0, 5)}),
        ],
        key=str,
    )


def test_a_receiver_of_one_class_hears_of_that_one_only(engine: Engine, heard: Heard) -> None:
    keys: list[int] = []

    with (
        Session(engine) as session,
        stock["post_create"].connected_to(lambda _, **payload: keys.append(payload["instance"].id), sender=Shelf),
    ):
        session.add_all([Shelf(id=1), Item(id=2)])
        session.commit()

    assert keys == [1]
