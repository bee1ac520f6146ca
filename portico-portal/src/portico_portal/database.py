"""Opens the portal's database, SQLite or PostgreSQL, and hands out its sessions."""

import logging
import math
import sqlite3
import time
from typing import Any, TypeVar

from sqlalchemy import URL, Engine, MetaData, Select, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError
from sqlalchemy.orm import Session, sessionmaker

from portico.errors import ConfigurationError, MissingExtraError
from portico.signals import Mutex
from portico.tables import changing_schema

log = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 10
QUIET_SECONDS = 60
WAL_RETRY_SECONDS = 0.02
URL_ADVICE = "cannot be used; write sqlite:///file.db or postgresql://user:password@host/name"
# What SQLite says of its file, not of a statement.
SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)

T = TypeVar("T")


class Database:
    """Connections and sessions of one database.

    Args:
        url: `sqlite:///file.db`, where `?timeout=30` at its end is how long a writer waits for another one, in seconds
            (10 if left out); or `postgresql://user:password@host/name`.

    Raises:
        ConfigurationError: the URL cannot be understood.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = read_url(url)
            self.engine = _make_engine(self.url)
        except ModuleNotFoundError as error:
            raise MissingExtraError(str(error.name), "postgresql") from error
        except ArgumentError as error:
            # Its text may hold the URL, and the URL a password.
            raise ConfigurationError(f"database_url {URL_ADVICE}") from error
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._noting = Mutex()
        self._outage_noted = -math.inf

    @property
    def is_sqlite(self) -> bool:
        """Whether writers wait for one another, as SQLite has one lock for the whole file."""
        return self.engine.dialect.name == "sqlite"

    def session(self) -> Session:
        """A new session, to be used as a context manager. Rows stay readable after a commit."""
        return self._sessions()

    def create_tables(self, metadata: MetaData) -> None:
        """Create those tables of `metadata` that are missing: how a plugin brings its own."""
        with changing_schema(self.engine) as connection:
            metadata.create_all(connection)

    def note_outage(self, error: Exception) -> None:
        """Say in the log that the database cannot be used: once, until it has been usable for a minute."""
        now = time.monotonic()
        with self._noting:
            is_news = now - self._outage_noted > QUIET_SECONDS
            self._outage_noted = now
        if is_news:
            cause = error.orig if isinstance(error, DBAPIError) else error
            log.error("the database cannot be used, requests are answered with 503: %s", " ".join(str(cause).split()))

    def close(self) -> None:
        """Close every pooled connection. The object can be used again afterwards."""
        self.engine.dispose()


def is_outage(error: BaseException) -> bool:
    """Whether a database could not be used, whatever was asked of it: it is away, locked, full or broken."""
    if isinstance(error, NoConnectionLeftError):
        return True
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        # The low byte says what, the others say where.
        return code is not None and code & 0xFF in SQLITE_OUTAGES
    return isinstance(error, OperationalError | InterfaceError)


def begin_writing(session: Session) -> None:
    """Begin a transaction that is the only one writing, where the database has no locks on rows.

    What is read after this on SQLite is still true when it is written. PostgreSQL locks the rows that are
    read `FOR UPDATE` instead. A transaction that has written already is such a one, and goes on.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def lock_rows(session: Session, rows: Select[T]) -> list[T]:
    """The rows that `rows` selects, as they are now, and changed by nobody else until the session commits.

    Rows that the session read before are read anew: what it knew of them may be from before another one's change.
    """
    begin_writing(session)
    return list(session.scalars(rows.with_for_update().execution_options(populate_existing=True)))


def read_url(text: str) -> URL:
    """The URL of a database that the portal can use, with its driver.

    Raises:
        ArgumentError: it is none; the message may hold the URL, and so a password.
    """
    url = make_url(text)
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() in {"sqlite", "postgresql"}:
        return url
    raise ArgumentError("neither SQLite nor PostgreSQL")


def _make_engine(url: URL) -> Engine:
    # hide_parameters: what an exception says ends up in the log, and hashes and addresses are among them.
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if "timeout" not in url.query:
        url = url.update_query_dict({"timeout": str(BUSY_TIMEOUT_SECONDS)})
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")  # off in SQLite unless asked for
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # Readers go on while one writes. Of processes that make the file at once all but one are refused here:
    # for this statement SQLite does not wait, whatever the timeout.
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(WAL_RETRY_SECONDS)
        else:
            return
