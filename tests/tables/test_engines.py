import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from portico.errors import ConfigurationError, MissingExtraError
from portico.tables import changing_schema, engine_of, reading, writing


@pytest.mark.parametrize(
    "url",
    [
        "",
        "portal.db",
        "postgresql://me:secret@host:port/db",
        "mysql://me:secret@host:port/db",
        "nonsense://me:secret@host/db",
        "oracle://me:secret@host/db",
        "mssql+pyodbc://me:secret@host/db",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises((ConfigurationError, MissingExtraError)) as refused:
        engine_of(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    engine = create_engine(url, poolclass=StaticPool)

    for given in (url, engine):
        with pytest.raises(
            ConfigurationError, match="in memory is forgotten, and each thread has its own; name a file"
        ):
            engine_of(given)
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///app.db", "postgresql+asyncpg://me@host/db"])
def test_an_engine_for_asynchronous_use_is_refused(url: str) -> None:
    engine = create_async_engine(url)

    for given in (url, engine.sync_engine):
        with pytest.raises(ConfigurationError, match="is for asynchronous use"):
            engine_of(given)
    with pytest.raises(TypeError, match="cannot keep tables in AsyncEngine: pass an Engine, or the URL of a database"):
        engine_of(engine)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://me@host/db", "postgresql+psycopg"),
        ("postgres://me@host/db", "postgresql+psycopg"),
        ("postgresql+psycopg://me@host/db", "postgresql+psycopg"),
        ("mysql://me@host/db", "mysql+pymysql"),
        ("mariadb://me@host/db", "mariadb+pymysql"),
    ],
)
def test_a_url_that_names_no_driver_gets_the_one_of_the_extra(url: str, driver: str) -> None:
    assert engine_of(url).url.drivername == driver


@pytest.mark.parametrize(
    ("driver", "url", "extra"),
    [
        ("psycopg", "postgresql://me@host/db", "postgresql"),
        ("pymysql", "mariadb://me@host/db", "mariadb"),
    ],
)
def test_a_driver_that_is_missing_is_told_with_its_extra(driver: str, url: str, extra: str) -> None:
    program = f"import sys; sys.modules[{driver!r}] = None\nfrom portico.tables import engine_of\nengine_of({url!r})"

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    last = finished.stderr.splitlines()[-1]
    assert last.startswith("portico.errors.MissingExtraError: ")
    assert last.endswith(f"is not installed; run: pip install 'portico-signals[{extra}]'")


# -- whatever the application made of its engine ----------------------------------------------------------------------


def plain(file: Path) -> Engine:
    return create_engine(f"sqlite:///{file}")


def by_hand(file: Path) -> Engine:
    """As SQLAlchemy's documentation has it, for savepoints and for BEGIN where it belongs."""
    engine = plain(file)

    @event.listens_for(engine, "connect")
    def no_transactions_of_its_own(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def committing_by_itself(file: Path) -> Engine:
    return create_engine(f"sqlite:///{file}", isolation_level="AUTOCOMMIT")


ENGINES: list[Callable[[Path], Engine]] = [plain, by_hand, committing_by_itself]
if sys.version_info >= (3, 12):
    ENGINES += [
        lambda file: create_engine(f"sqlite:///{file}", connect_args={"autocommit": True}),
        lambda file: create_engine(f"sqlite:///{file}", connect_args={"autocommit": False}),
    ]


@pytest.mark.parametrize("use", [writing, changing_schema])
@pytest.mark.parametrize("make", ENGINES)
def test_what_is_written_is_stored_as_a_whole_or_not_at_all(
    tmp_path: Path, make: Callable[[Path], Engine], use: Callable[[Engine], Any]
) -> None:
    engine = make(tmp_path / "app.db")
    with use(engine) as connection:
        connection.execute(text("CREATE TABLE note (body TEXT)"))
        connection.execute(text("INSERT INTO note VALUES ('kept')"))

    with suppress(LookupError), use(engine) as connection:
        connection.execute(text("INSERT INTO note VALUES ('lost')"))
        raise LookupError

    with use(engine) as connection:
        connection.execute(text("INSERT INTO note VALUES ('kept, too')"))
    with reading(engine) as connection:
        assert connection.scalars(text("SELECT body FROM note")).all() == ["kept", "kept, too"]
    engine.dispose()


@pytest.mark.parametrize("make", ENGINES)
def test_a_writer_of_sqlite_waits_also_where_the_application_would_not(
    tmp_path: Path, make: Callable[[Path], Engine]
) -> None:
    engine = make(tmp_path / "app.db")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0"))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE note (body TEXT)"))
    other = sqlite3.connect(tmp_path / "app.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    begins, said = Event(), []

    def write() -> None:
        begins.set()
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO note VALUES ('waited')"))
        said.append("written")

    thread = Thread(target=write)
    thread.start()
    begins.wait()
    before = list(said)
    other.execute("INSERT INTO note VALUES ('first')")
    other.execute("COMMIT")
    thread.join()

    assert (before, said) == ([], ["written"])
    assert other.execute("SELECT body FROM note").fetchall() == [("first",), ("waited",)]
    other.close()
    engine.dispose()


def test_a_transaction_of_somebody_else_is_not_stored_with_ours(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'app.db'}", poolclass=StaticPool)
    with engine.connect() as theirs:
        theirs.execute(text("CREATE TABLE note (body TEXT)"))
        theirs.execute(text("INSERT INTO note VALUES ('theirs')"))

        with (
            pytest.raises(ConfigurationError, match="is in a transaction of somebody else"),
            writing(engine) as connection,
        ):
            connection.execute(text("INSERT INTO note VALUES ('ours')"))
    engine.dispose()


def test_writers_wait_for_one_another_where_the_application_is_stricter(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url, isolation_level="SERIALIZABLE")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (number INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with writing(engine) as connection:
                connection.execute(text("UPDATE counter SET number = number + 1"))

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as connection:
        assert connection.scalar(text("SELECT number FROM counter")) == 80
        assert connection.scalar(text("SHOW transaction_isolation")) == "serializable"
    engine.dispose()


FORK = """
import os, sys
from sqlalchemy import text
from portico.tables import engine_of, reading
engine = engine_of(sys.argv[1])
def ask():
    with reading(engine) as connection:
        return connection.scalar(text(sys.argv[2]))
mine = ask()
child = os.fork()
if child == 0:
    os._exit(0 if ask() != mine else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(code, ask() == mine)
engine.dispose()
"""


def test_a_forked_child_has_connections_of_its_own(postgresql_url: str, mariadb_url: str) -> None:
    for url, who in ((postgresql_url, "SELECT pg_backend_pid()"), (mariadb_url, "SELECT connection_id()")):
        finished = subprocess.run(
            [sys.executable, "-W", "error", "-c", FORK, url, who],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        assert (finished.stdout, finished.stderr) == ("0 True\n", "")
