"""Sends what was recorded in a Core connection's transaction, as soon as the database has stored that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary, WeakSet, ref

from sqlalchemy.util.concurrency import await_only, in_greenlet

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
        # Weak: it holds the connection, and what a connection is found by must not keep it.
        self.root: Final = ref(root)
        self.recorded: Final = Recorded()
        self.is_running = False

    @property
    def is_current(self) -> bool:
        root = self.root()
        return root is not None and root.connection.get_transaction() is root


# By what a connection has borrowed from its pool: the one thing that a dialect is given to commit.
_states: Final[WeakKeyDictionary[PoolProxiedConnection, _State]] = WeakKeyDictionary()
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
        state = _states.get(connection.connection)
        if state is None or not state.is_current:
            state = _states[connection.connection] = _State(root)
        state.recorded.add(entry)

    _add = add


def waiting() -> Wait | None:
    """Return what waits for an awaitable here: inside a commit that is itself awaited."""
    # Without greenlet there is nothing asynchronous, and asking whether there is would fail.
    return await_only if "greenlet" in sys.modules and in_greenlet() else None


def _commits_itself(connection: Connection) -> bool:
    """Tell whether each statement is stored by itself (AUTOCOMMIT): SQLAlchemy calls that a transaction, too."""
    pooled = connection.connection
    try:
        if not connection.dialect.detect_autocommit_setting(cast("DBAPIConnection", pooled.dbapi_connection)):
            return False
    except NotImplementedError:
        return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    # A driver of SQLite does not begin by itself, but who connected may do it: then it can be rolled back.
    return getattr(pooled.driver_connection, "in_transaction", False) is not True


# -- the dialect: SQLAlchemy has no event after a commit of Core, when others can read what was stored ---------------


def _watch(dialect: Dialect) -> None:
    """Be told of the commits and savepoints of an engine, until the host closes. Watching again does no harm."""
    if dialect in _watched:
        return
    if not _watched:
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
        state = _states.get(connection.connection)
        if state is not None:
            state.recorded.begin_savepoint(name)


class _RollbackToSavepoint(_Wrapper):
    def __call__(self, connection: Connection, name: str) -> None:
        state = _states.get(connection.connection)
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
    state = _states.get(pooled)
    if state is None or state.is_running:
        return
    try:
        if state.is_current:
            state.is_running = True
            state.recorded.run(waiting())
    finally:
        _states.pop(pooled, None)
