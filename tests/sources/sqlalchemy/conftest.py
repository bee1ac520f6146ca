"""Provides the tests of transactions with an engine for each database, and with what was heard meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.services.mariadb import fresh_mariadb_database
from tests.services.postgresql import Server, fresh_database
from tests.sources.sqlalchemy.shop import Base, Heard, Order, order_placed


@pytest.fixture(scope="session")
def postgresql_shop(postgresql: Server) -> Iterator[str]:
    with fresh_database(postgresql) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_shop(mariadb: int) -> Iterator[str]:
    with fresh_mariadb_database(mariadb) as url:
        yield url


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def shops(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """The URL of a kind of database, with the empty tables of the shop."""
    with ExitStack() as undo:

        def open_shop(kind: str) -> str:
            url: str = request.getfixturevalue(f"{kind}_shop")
            engine = create_engine(url, poolclass=NullPool)
            Base.metadata.create_all(engine)
            undo.callback(_empty, engine)
            return url

        yield open_shop


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, shops: Callable[[str], str]) -> str:
    return shops(request.param)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def heard(engine: Engine) -> Iterator[Heard]:
    heard: Heard = []

    def hear(region: str, number: int) -> None:
        with Session(engine) as other:
            heard.append((number, other.get(Order, number) is not None))

    with order_placed.connected_to(hear):
        yield heard
