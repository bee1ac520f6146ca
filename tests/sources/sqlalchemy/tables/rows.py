"""Adds and finds rows, and refuses changes, for the tests of table signals."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portico.errors import Veto
from tests.sources.sqlalchemy.tables.stock import Heard

# Of SQLAlchemy 2.0.0: it counts the rows of an UPDATE nevertheless.
counts_rows = pytest.mark.filterwarnings("ignore:Dialect sqlite.pysqlite does not support updated rowcount")


def add(engine: Engine, heard: Heard, *objects: object) -> None:
    with Session(engine) as session:
        session.add_all(objects)
        session.commit()
    heard.take()


def the(session: Session, kind: type[Any], key: Any) -> Any:
    found = session.get(kind, key)
    assert found is not None
    return found


def stored(engine: Engine, kind: type[Any]) -> list[Any]:
    with Session(engine) as session:
        return list(session.scalars(select(kind.id).order_by(kind.id)))


def refuse(_: object, **payload: Any) -> None:
    msg = "not today"
    raise Veto(msg)
