from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.services.mariadb import fresh_mariadb_database, mariadb_server

# The port of a service (tcpmux) that no machine runs.
_NOBODY_ANSWERS = 1


@pytest.fixture(scope="module")
def private() -> Iterator[int]:
    with mariadb_server(port=_NOBODY_ANSWERS) as port:
        yield port


@pytest.fixture
def engine(private: int) -> Iterator[Engine]:
    with fresh_mariadb_database(private) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def test_a_private_server_is_started_when_none_answers(private: int, engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT @@port")) == private


def test_a_fresh_database_is_gone_afterwards(private: int, engine: Engine) -> None:
    with fresh_mariadb_database(private) as url:
        name = url.rpartition("/")[2]

    with engine.connect() as connection:
        assert name not in connection.scalars(text("SHOW DATABASES")).all()
