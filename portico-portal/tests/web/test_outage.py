"""The database is away, locked or restarted: a page that says so, one line in the log, and then business as usual."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import make_url

from portico.host import SQLStateStore
from tests.running import PASSWORD, RunningPortal, StartPortal
from tests.served import WORKERS, ServedPortal, at_once
from tests.services.postgresql import Server
from tests.visitor import text_of

CANNOT = "The portal cannot do this right now"


class Switch:
    """Takes one database of a PostgreSQL server away from everybody, and gives it back."""

    def __init__(self, server: Server, url: str) -> None:
        self._server = server
        self._name = make_url(url).database or ""

    def end_connections(self) -> None:
        """What a restart of the server does to whoever is connected."""
        with self._server.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s", [self._name]
            )

    @contextmanager
    def away(self) -> Iterator[None]:
        self._allow("false")
        self.end_connections()
        yield
        self._allow("true")

    def _allow(self, answer: str) -> None:
        with self._server.connect() as connection:
            statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            connection.execute(statement.format(sql.Identifier(self._name), sql.SQL(answer)))


@pytest.fixture
def switch(postgresql: Server, postgresql_url: str) -> Switch:
    return Switch(postgresql, postgresql_url)


@pytest.fixture
def postgresql_portal(start_portal: StartPortal, postgresql_url: str) -> RunningPortal:
    return start_portal(database_url=postgresql_url)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def lines_about_the_database(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_everybody_gets_a_page_that_needs_no_database_and_it_is_said_once(
    postgresql_portal: RunningPortal, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    nora = postgresql_portal.signed_in("nora", is_admin=True)
    token = nora.form("/account")["csrf_token"]
    typed: dict[str, Any] = {"csrf_token": token, "full_name": "Nora"}
    caplog.clear()

    with switch.away():
        pages = [nora.get(path) for path in ("/", "/account", "/users", "/activity", "/console/plugins", "/nope")]
        pages += [nora.post("/account", typed), nora.post("/account", {}), nora.get("/users?q=%00")]
        program = nora.get("/api/action/user_list")
        stranger = postgresql_portal.visitor().get("/")

    assert [page.status_code for page in pages] == [503] * 9
    assert all(CANNOT in text_of(page) and "nora" not in page.text for page in pages)
    assert {page.headers["Retry-After"] for page in [*pages, program]} == {"10"}
    assert (program.status_code, program.get_json()["error"]["type"]) == (503, "unavailable")
    assert stranger.status_code == 200
    said = lines_about_the_database(caplog)
    assert len([line for line in said if "not currently accepting connections" in line]) == 1
    assert len(said) <= 2  # the other is about the state of plugins
    assert nora.get("/account").status_code == 200


def test_a_server_that_was_restarted_in_between_is_not_noticed(
    postgresql_portal: RunningPortal, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    nora = postgresql_portal.signed_in("nora")

    for _ in range(3):
        switch.end_connections()
        assert nora.submit("/account", full_name="Nora").status_code == 302

    assert lines_about_the_database(caplog) == []


def test_each_worker_says_it_once_and_gets_over_it(postgresql_url: str, switch: Switch, tmp_path: Path) -> None:
    with ServedPortal(tmp_path, {"secret_key": "k" * 32, "database_url": postgresql_url}) as portal:
        portal.add_user("nora")
        nora = portal.person()
        nora.sign_in("nora", PASSWORD)

        with switch.away():
            during = at_once(*[lambda: nora.get("/account").status_code] * 24)
        after = at_once(*[lambda: nora.get("/account").status_code] * 24)

    assert (set(during), set(after)) == ({503}, {200})
    assert portal.log.count("the database cannot be used") <= WORKERS
    assert "Exception on" not in portal.log


def test_a_sqlite_file_that_is_locked_for_long_is_said_to_whoever_writes(
    start_portal: StartPortal, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "portal.db"
    portal = start_portal(database_url=f"sqlite:///{file}?timeout=0.1")
    nora = portal.signed_in("nora")
    form = nora.form("/account")
    caplog.clear()

    with locked(file):
        pages = [nora.post("/account", form | {"full_name": "Nora"}) for _ in range(3)]
        reading = nora.get("/account")

    assert [page.status_code for page in pages] == [503] * 3
    assert {page.headers["Retry-After"] for page in pages} == {"10"}
    assert CANNOT in text_of(pages[0])
    assert reading.status_code == 200
    assert [line for line in lines_about_the_database(caplog) if "locked" in line] == [
        "the database cannot be used, requests are answered with 503: database is locked"
    ]
    assert nora.post("/account", form | {"full_name": "Nora"}).status_code == 302


def test_a_quarantine_that_cannot_be_stored_is_said_once_and_stored_later(
    start_portal: StartPortal, postgresql_url: str, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    portal = start_portal(database_url=postgresql_url, plugins="flaky", quarantine_after=1)

    with switch.away():
        for _ in range(5):
            portal.visitor().get("/?flaky=raise")
    said = [line for line in lines_about_the_database(caplog) if "could not be stored" in line]
    portal.visitor().get("/")

    assert said == ["the state of plugin flaky could not be stored"]
    assert SQLStateStore(portal.parts.database.engine).load()["flaky"].quarantine is not None


def test_a_sqlite_file_that_is_gone_with_its_folder_is_said(start_portal: StartPortal, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    portal = start_portal(database_url=f"sqlite:///{tmp_path / 'data' / 'portal.db'}")
    nora = portal.signed_in("nora")
    portal.parts.database.close()
    (tmp_path / "data").rename(tmp_path / "elsewhere")

    page = nora.get("/account")

    assert page.status_code == 503
    assert CANNOT in text_of(page)


def test_a_statement_that_is_wrong_is_our_fault_and_no_outage(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")
    with portal.parts.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE api_tokens RENAME TO gone")

    assert nora.get("/account/tokens").status_code == 500
