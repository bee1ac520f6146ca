"""Sends what was recorded in a Core connection's transaction, as soon as the database has stored that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakSet

from sqlalchemy.util.concurrency import await_only

from portico.errors import TransactionError
from portico.transactions import Recorded, Recording, undo_with_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Dialect, PoolProxiedConnection, RootTransaction
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from portico.transactions import Entry, Wait


class _State:
    """What was recorded in one transaction of a connection."""

    def __init__(self, root: RootTransaction) -> None:
        self.root: Final = root
        self.recorded: Final = Recorded()
        self.is_running = False


_KEY: Final = "portico_recorded"
_watched: Final[WeakSet[Dialect]] = WeakSet()


class RecordingConnection(Recording):
    """The transaction that a connection is in."""

    commits: Final = 0

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction that has not ended yet."""
        return self._connection.in_transaction() and not _commits_itself(self._connection)

    @property
    def has_writes(self) -> bool:
        """Whether there is a transaction: a connection does not know what is in it."""
        return self.is_open

    def add(self, entry: Entry) -> None:
        """Record something; done at once where each statement is stored by itself."""
        connection = self._connection
        if connection.closed or connection.invalidated:
            msg = "cannot record in a connection that is closed or was lost; record in the one that commits"
            raise TransactionError(msg)
        began = connection.get_transaction() is None
        # As a statement would: the next commit is the one that is waited for.
        root = connection.begin() if began else cast("RootTransaction", connection.get_transaction())
        if _commits_itself(connection):
            if began:
                root.close()
            entry.do(waiting())
            return
        _watch(connection.dialect)
        state = _state_of(connection)
        if state is None:
            state = vars(connection)[_KEY] = _State(root)
            connection.info.setdefault(_KEY, WeakSet()).add(connection)
        state.recorded.add(entry)

    _add = add


def _state_of(connection: Connection) -> _State | None:
    """Return what was recorded in the transaction that a connection is in."""
    # Kept on the connection, so that it is collected with it even if what was recorded leads back there.
    state: _State | None = vars(connection).get(_KEY)
    return state if state is not None and state.root is connection.get_transaction() else None


def waiting() -> Wait | None:
    """Return what waits for an awaitable here: inside a commit that is itself awaited."""
    # Without greenlet there is nothing asynchronous, and asking whether there is would fail.
    return await_only if "greenlet" in sys.modules and _in_greenlet() else None


def _in_greenlet() -> bool:
    """Tell whether this runs inside of SQLAlchemy's bridge to `asyncio`. Its own function for that is of 2.0.17."""
    current = sys.modules["greenlet"].getcurrent()
    marked = getattr(current, "__sqlalchemy_greenlet_provider__", False)
    return bool(marked) or type(current).__name__ == "_AsyncIoGreenlet"


def _commits_itself(connection: Connection) -> bool:
    """Tell whether each statement is stored by itself (AUTOCOMMIT): SQLAlchemy calls that a transaction, too."""
    pooled = connection.connection
    try:
        if not connection.dialect.detect_autocommit_setting(cast("DBAPIConnection", pooled.dbapi_connection)):
            return False
    except (NotImplementedError, AttributeError):  # Before 2.0.43 no dialect can be asked.
        level = connection.get_execution_options().get("isolation_level")
        return (level or getattr(connection.dialect, "_on_connect_isolation_level", None)) == "AUTOCOMMIT"
    # A driver of SQLite does not begin by itself, but who connected may do it: then it can be rolled back.
    return getattr(pooled.driver_connection, "in_transaction", False) is not True


# -- the dialect: SQLAlchemy has no event after a commit of Core, when others can read what was stored ---------------


def _watch(dialect: Dialect) -> None:
    """Be told of the commits and savepoints of an engine, until the host closes. Watching again does no harm."""
    if dialect in _watched:
        return
    undo_with_host(_unwatch_all)
    _watched.add(dialect)
    for name, wrapper in _WRAPPERS.items():
        wrapper(dialect, name)


def _unwatch_all() -> None:
    for dialect in list(_watched):
        for name in _WRAPPERS:
            wrapper = vars(dialect).get(name)
            # Of somebody who wrapped it since, ours is a part; without anything recorded it does nothing.
            if isinstance(wrapper, _Wrapper):
                wrapper.undo()
    _watched.clear()


class _Wrapper:
    """Stands in for a method of one dialect."""

    def __init__(self, dialect: Dialect, name: str) -> None:
        self._dialect, self._name = dialect, name
        self._before = vars(dialect).get(name)
        self._wrapped: Final[Callable[..., None]] = getattr(dialect, name)
        setattr(dialect, name, self)

    def undo(self) -> None:
        """Put back what was there."""
        if self._before is None:
            delattr(self._dialect, self._name)
        else:
            setattr(self._dialect, self._name, self._before)


class _Commit(_Wrapper):
    def __call__(self, pooled: PoolProxiedConnection) -> None:
        self._wrapped(pooled)
        _stored(pooled)


class _CommitTwophase(_Wrapper):
    def __call__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        self._wrapped(connection, *args, **kwargs)
        _stored(connection.connection)


class _Savepoint(_Wrapper):
    def __call__(self, connection: Connection, name: str) -> None:
        self._wrapped(connection, name)
        state = _state_of(connection)
        if state is not None:
            state.recorded.begin_savepoint(name)


class _RollbackToSavepoint(_Wrapper):
    def __call__(self, connection: Connection, name: str) -> None:
        state = _state_of(connection)
        if state is not None:
            state.recorded.roll_back_to(name)
        self._wrapped(connection, name)


_WRAPPERS: Final[dict[str, type[_Wrapper]]] = {
    "do_commit": _Commit,
    "do_commit_twophase": _CommitTwophase,
    "do_savepoint": _Savepoint,
    "do_rollback_to_savepoint": _RollbackToSavepoint,
}


def _stored(pooled: PoolProxiedConnection) -> None:
    # More than one only where connections share what they borrowed: SQLite in memory. Then it is stored of all of them.
    for connection in list(pooled.info.get(_KEY, ())):
        state = _state_of(connection)
        if state is None or state.is_running:
            continue
        state.is_running = True
        try:
            state.recorded.run(waiting())
        finally:
            vars(connection).pop(_KEY, None)
