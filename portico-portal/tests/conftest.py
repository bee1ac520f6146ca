"""Provides portals, in this process and behind gunicorn, and the mail server that they use."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from portico_portal import Database, close_app, create_app, given_settings, upgrade_database
from tests.compat.ckan.extensions import Extensions
from tests.mail_server import MailServer, running_mail_server
from tests.running import MovableClock, RunningPortal, StartPortal
from tests.served import Serve, ServedPortal


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def extensions(tmp_path: Path) -> Extensions:
    """CKAN extensions, and processes to run them in."""
    return Extensions(tmp_path)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'portal.db'}"


@pytest.fixture
def start_portal(database_url: str, mail_server: MailServer, clock: MovableClock) -> Iterator[StartPortal]:
    """Start a portal with these settings; starting another closes the one before, as a restart does."""
    running = ExitStack()

    def start(**settings: Any) -> RunningPortal:
        running.close()
        given = {"secret_key": "k" * 32, "database_url": database_url, "smtp_port": mail_server.port}
        app = create_app(given_settings(**given | settings), clock=clock)
        running.callback(close_app, app)
        return RunningPortal(app)

    with running:
        yield start


@pytest.fixture
def portal(start_portal: StartPortal) -> RunningPortal:
    return start_portal()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the portal's tables, and no portal."""
    database = Database(database_url)
    upgrade_database(database)
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """The same on PostgreSQL."""
    database = Database(postgresql_url)
    upgrade_database(database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """An empty database of this test alone, once on SQLite and once on PostgreSQL."""
    url: str = database_url if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def each_portal(start_portal: StartPortal, each_database_url: str) -> RunningPortal:
    """A portal in this process, once on SQLite and once on PostgreSQL."""
    return start_portal(database_url=each_database_url)


@pytest.fixture
def serve(each_database_url: str, mail_server: MailServer, tmp_path: Path) -> Iterator[Serve]:
    """Start a portal with gunicorn, on SQLite and on PostgreSQL."""
    with ExitStack() as running:

        def serve(*arguments: str, **settings: Any) -> ServedPortal:
            given = {"secret_key": "k" * 32, "database_url": each_database_url, "smtp_port": mail_server.port}
            return running.enter_context(ServedPortal(tmp_path, given | settings, arguments))

        yield serve


@pytest.fixture
def served(serve: Serve) -> ServedPortal:
    return serve()
