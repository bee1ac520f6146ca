"""Provides the tests of the host with a host that is closed whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from portico import Portico
from tests.host.places import Database, File, Memory, OpenPlace, Place
from tests.services.mariadb import fresh_mariadb_database
from tests.services.postgresql import Server, fresh_database

MakeHost = Callable[..., Portico]


@pytest.fixture
def make_host() -> Iterator[MakeHost]:
    """Make hosts; all are closed afterwards."""
    hosts: list[Portico] = []

    def make(**options: Any) -> Portico:
        hosts.append(Portico(**options))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def installed_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a plugin that an installed distribution announces; nobody can import it."""
    info = tmp_path / "site" / "tidy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tidy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[portico.plugins]\ntidy = tidy_up_later:Tidy\n")
    monkeypatch.syspath_prepend(info.parent)
    return "tidy"


@pytest.fixture(scope="session")
def postgresql_store(postgresql: Server) -> Iterator[str]:
    """A database of PostgreSQL for stores, which each test finds empty."""
    with fresh_database(postgresql) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_store(mariadb: int) -> Iterator[str]:
    """The same on MariaDB."""
    with fresh_mariadb_database(mariadb) as url:
        yield url


@pytest.fixture
def open_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenPlace]:
    """Open an empty place of a kind where the state of plugins is kept."""
    with ExitStack() as undo:

        def open_place(kind: str) -> Place:
            place: Place
            if kind == "memory":
                place = Memory()
            elif kind == "file":
                place = File(tmp_path)
            elif kind == "sqlite":
                place = Database(f"sqlite:///{tmp_path / 'store.db'}")
            else:
                place = Database(request.getfixturevalue(f"{kind}_store"))
            undo.callback(place.close)
            undo.callback(place.empty)
            return place

        yield open_place
