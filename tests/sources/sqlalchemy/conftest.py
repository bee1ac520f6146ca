"""What the tests of transactions share: an engine of each kind of database, and what was heard meanwhile."""

from collections.abc import Iterator
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


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the empty tables of the shop."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        url = request.getfixturevalue(f"{request.param}_shop")
    engine = create_engine(url, poolclass=NullPool)
    Base.metadata.create_all(engine)
    yield url
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


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
