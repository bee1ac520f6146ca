"""Provides the fixtures and settings of all tests."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from tests.services.mariadb import fresh_mariadb_database, mariadb_server
from tests.services.postgresql import Server, fresh_database, postgresql_server

# Examples that failed once are tried first the next time; they are kept where nothing is versioned.
set_hypothesis_home_dir(Path(__file__).parent / ".cache" / "hypothesis")
# No deadline: a busy machine is no bug of ours.
hypothesis.settings.register_profile("portico", deadline=None)
hypothesis.settings.load_profile("portico")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server: the machine's when it answers, else a private one."""
    with postgresql_server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database of this test alone."""
    with fresh_database(postgresql) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """The port of a MariaDB server: the machine's when it answers, else a private one."""
    with mariadb_server() as port:
        yield port


@pytest.fixture
def mariadb_url(mariadb: int) -> Iterator[str]:
    """The SQLAlchemy URL of an empty MariaDB database of this test alone."""
    with fresh_mariadb_database(mariadb) as url:
        yield url
