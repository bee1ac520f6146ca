import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from portico.errors import Veto
from tests.sources.sqlalchemy.tables.rows import add, refuse, stored, the
from tests.sources.sqlalchemy.tables.stock import Base, Box, Heard, Part, Screw, Tag, stock


def fill(engine: Engine, heard: Heard) -> None:
    add(engine, heard, Box(id=1), Box(id=2))
    add(engine, heard, Part(id=1, name="lid", box_id=1), Part(id=2, box_id=2), Tag(id=1, box_id=1), Tag(id=2, box_id=2))
    add(engine, heard, Screw(id=1, part_id=1), Screw(id=2, part_id=2))


def test_rows_that_the_database_deletes_and_changes_are_told_of(engine: Engine, heard: Heard) -> None:
    fill(engine, heard)
    names: list[str] = []

    with Session(engine) as session:
        session.delete(the(session, Box, 1))
        with stock["post_delete"].connected_to(
            lambda _, **payload: names.append(payload["instance"].name), sender=Part
        ):
            session.commit()

    expected = [
        ("delete", "Box", 1, None),
        ("delete", "Part", 1, None),
        ("delete", "Screw", 1, None),
        ("modify", "Tag", 1, {"box_id": (1, None)}),
    ]
    for moment, notes in (("pre", heard.before), ("post", heard.after)):
        assert sorted(notes, key=str) == sorted([(f"{moment}_{what}", *rest) for what, *rest in expected], key=str)
    assert names == ["lid"]
    assert (stored(engine, Part), stored(engine, Screw)) == ([2], [2])


@pytest.mark.parametrize("name", ["pre_modify", "pre_delete"])
def test_they_can_be_vetoed(engine: Engine, heard: Heard, name: str) -> None:
    fill(engine, heard)
    sender = Tag if name == "pre_modify" else Screw

    with Session(engine) as session:
        session.delete(the(session, Box, 1))
        with stock[name].connected_to(refuse, sender=sender), pytest.raises(Veto):
            session.commit()

    assert stored(engine, Box) == [1, 2]
    assert heard.after == []


def test_rows_that_are_deleted_anyway_are_told_of_once(engine: Engine, heard: Heard) -> None:
    fill(engine, heard)

    with Session(engine) as session:
        session.delete(the(session, Screw, 1))
        session.delete(the(session, Part, 1))
        session.delete(the(session, Box, 1))
        session.commit()

    assert [note[:3] for note in sorted(heard.after, key=str)] == [
        ("post_delete", "Box", 1),
        ("post_delete", "Part", 1),
        ("post_delete", "Screw", 1),
        ("post_modify", "Tag", 1),
    ]


def test_what_the_database_was_not_told_to_do_is_not_told_of(sqlite_shop: str, heard: Heard) -> None:
    # Without the pragma, SQLite takes no notice of foreign keys.
    engine = create_engine(sqlite_shop)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = OFF"))
    Base.metadata.create_all(engine)
    fill(engine, heard)

    with Session(engine) as session:
        session.delete(the(session, Box, 1))
        session.commit()

    engine.dispose()
    assert heard.after == [("post_delete", "Box", 1, None)]
