"""Provides the tests of table signals with each database, its empty tables, and what is heard of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from portico.sources.sqlalchemy import TableSignals
from tests.sources.sqlalchemy.tables.stock import (
    Base,
    Box,
    Group,
    Heard,
    Item,
    Label,
    Machine,
    Part,
    Place,
    Press,
    Screw,
    Shelf,
    Tag,
    User,
    stock,
)

CLASSES = [Group, User, Shelf, Item, Label, Place, Machine, Press, Box, Part, Screw, Tag]


@pytest.fixture
def stocks(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """The URL of a kind of database, with the empty tables of the stock."""
    with ExitStack() as undo:

        def open_stock(kind: str) -> str:
            url: str = request.getfixturevalue(f"{kind}_shop")
            engine = create_engine(url, poolclass=NullPool)
            Base.metadata.create_all(engine)
            undo.callback(_empty, engine)
            return url

        yield open_stock


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, stocks: Callable[[str], str]) -> str:
    return stocks(request.param)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", let_savepoints_begin_a_transaction)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    yield engine
    engine.dispose()


def let_savepoints_begin_a_transaction(connection: Any, _: object) -> None:
    # Python's driver of SQLite begins one before a write only: releasing a savepoint would commit.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> Iterator[TableSignals]:
    with TableSignals(Session, CLASSES, namespace=stock) as tables:
        yield tables


@pytest.fixture
def heard(tables: TableSignals) -> Iterator[Heard]:
    heard = Heard()
    with ExitStack() as undo:
        for name in ("pre_create", "pre_delete", "post_create", "post_delete"):
            undo.enter_context(stock[name].connected_to(_plain(heard, name)))
        for name in ("pre_modify", "post_modify"):
            undo.enter_context(stock[name].connected_to(_with_changes(heard, name)))
        yield heard


def _plain(heard: Heard, name: str) -> Callable[..., None]:
    return lambda sender, *, instance: heard.hear(name, sender, instance, None)


def _with_changes(heard: Heard, name: str) -> Callable[..., None]:
    return lambda sender, *, instance, changes: heard.hear(name, sender, instance, changes)
