"""Opens a database for Portico's own tables: reads, writes and changes of schema that wait for one another."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from portico.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Dialect, Pool

# How long a writer of SQLite waits for the others, whatever the timeout of the application's engine.
WAIT_SECONDS: Final = 10
_RETRY_SECONDS: Final = 0.005
# Any number, as long as it is the same in each process that changes the schema.
_SCHEMA_LOCK: Final = 0x706F7274
# MariaDB waits for ever only where it is asked for a number of seconds that nobody waits.
_FOR_EVER_SECONDS: Final = 86_400

_of_parents: Final[list[Pool]] = []
"""The pools that a forked child left alone, kept there: a driver may close, or warn of, what is collected."""

_DRIVERS: Final = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"} | {
    name: f"{name}+pymysql" for name in ("mysql", "mariadb")
}
_EXTRAS: Final = {"postgresql": "postgresql", "mysql": "mariadb", "mariadb": "mariadb"}
_ADVICE: Final = "write sqlite:///file.db, postgresql://user:password@host/name or mariadb://user:password@host/name"


def engine_of(database: Engine | URL | str) -> Engine:
    """Return the engine of a database that can hold Portico's tables; of a URL, a new one.

    A new one is made anew in a forked child, and waits 10 seconds for another writer of SQLite unless the URL says
    otherwise (`?timeout=30`).

    Raises:
        ConfigurationError: the URL cannot be understood, is for asynchronous use, or is none of an SQLite file,
            PostgreSQL, MariaDB or MySQL.
        MissingExtraError: the driver is not installed.
        TypeError: it is neither an engine nor a URL.
    """
    if isinstance(database, Engine):
        _refuse_unusable(database.url, database.dialect)
        return database
    url = _read(database)
    try:
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() == "sqlite" and "timeout" not in url.query:
            url = url.update_query_dict({"timeout": str(WAIT_SECONDS)})
        _refuse_unusable(url, url.get_dialect())
        # hide_parameters: what an exception says ends up in the log.
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite", hide_parameters=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), _EXTRAS.get(url.get_backend_name(), "sqlalchemy")) from error
    except ArgumentError:  # There is no such dialect.
        raise _unusable() from None
    _forget_after_fork(engine)
    return engine


@contextmanager
def opening(engine: Engine) -> Iterator[None]:
    """Tell a failure to open a database as one of its configuration.

    Raises:
        ConfigurationError: the file cannot be opened or written or is no database, or the server is away.
    """
    try:
        yield
    except DBAPIError as error:
        shown = engine.url.difference_update_query(["timeout"]).render_as_string(hide_password=True)
        msg = f"cannot open the database {shown}: {error.orig}"
        raise ConfigurationError(msg) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection to read with, and store nothing."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is stored at the end, whatever the engine does by itself.

    On SQLite it is the only one that writes, from its beginning. On a server each statement sees what is stored by
    then: the first one has to lock the row that all writers begin with.

    Raises:
        ConfigurationError: the engine has one connection, and that is in a transaction of somebody else.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            begin_immediate(connection)
        else:
            # In a stricter one the second of two writers fails instead of waiting.
            connection.execution_options(isolation_level="READ COMMITTED")
        with _stored(connection):
            yield connection


@contextmanager
def changing_schema(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that no other process changes the schema beside; stored at the end.

    MariaDB stores each change of schema at once: what is done here must bear being done again.
    """
    with engine.connect() as connection:
        dialect = engine.dialect.name
        if dialect == "sqlite":
            begin_immediate(connection)
        elif dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SCHEMA_LOCK})
        else:
            name = {"name": _lock_name(engine), "seconds": _FOR_EVER_SECONDS}
            connection.execute(text("SELECT GET_LOCK(:name, :seconds)"), name)
        try:
            with _stored(connection):
                yield connection
        finally:
            if dialect not in {"sqlite", "postgresql"} and not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _lock_name(engine)})
                connection.commit()


def begin_immediate(connection: Connection) -> None:
    """Begin a transaction that is the only one writing to a file of SQLite; wait 10 seconds for it at least.

    Raises:
        ConfigurationError: the connection is in a transaction of somebody else.
    """
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction and getattr(driver, "autocommit", None) is not False:
        msg = (
            "cannot write: the only connection of the engine is in a transaction of somebody else; "
            "give the engine another pool, or pass the URL"
        )
        raise ConfigurationError(msg)
    connection.begin()
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            # What began just now, by an event of the application or the driver itself, waits for nobody.
            if driver.in_transaction:
                connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", None)
            if code is None or code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


@contextmanager
def _stored(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    # A driver that commits by itself does nothing when it is told to.
    by_hand = connection.dialect.name == "sqlite" and getattr(driver, "autocommit", None) is True
    try:
        yield
        if by_hand:
            connection.exec_driver_sql("COMMIT")
        connection.commit()
    except BaseException:
        if by_hand and driver.in_transaction:
            connection.exec_driver_sql("ROLLBACK")
        raise


def _read(url: object) -> URL:
    if not isinstance(url, URL | str):
        msg = f"cannot keep tables in {type(url).__name__}: pass an Engine, or the URL of a database"
        raise TypeError(msg)
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Its text may hold the URL, and the URL a password.
        raise _unusable() from None


def _unusable() -> ConfigurationError:
    return ConfigurationError(f"the URL of the database cannot be used; {_ADVICE}")


def _refuse_unusable(url: URL, dialect: Dialect | type[Dialect]) -> None:
    name = url.get_backend_name()
    if dialect.is_async:
        msg = f"an engine of {url.drivername} is for asynchronous use; {_ADVICE}"
        raise ConfigurationError(msg)
    if name not in {"sqlite", "postgresql", "mysql", "mariadb"}:
        msg = f"{name} is not supported; {_ADVICE}"
        raise ConfigurationError(msg)
    if name == "sqlite" and (url.database in {None, "", ":memory:"} or url.query.get("mode") == "memory"):
        msg = "an SQLite database in memory is forgotten, and each thread has its own; name a file: sqlite:///file.db"
        raise ConfigurationError(msg)


def _lock_name(engine: Engine) -> str:
    """Return a name for this database among those of its server, not longer than a lock's may be."""
    return "portico-" + hashlib.blake2b(str(engine.url.database).encode(), digest_size=16).hexdigest()


def _forget_after_fork(engine: Engine) -> None:
    """Have a child make connections of its own, and leave those of its parent alone."""
    known = ref(engine)

    def forget() -> None:
        engine = known()
        if engine is not None:
            _of_parents.append(engine.pool)
            engine.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
