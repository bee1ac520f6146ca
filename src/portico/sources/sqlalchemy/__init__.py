"""Sends after the commit, on everything of SQLAlchemy that can commit: sessions and connections, asynchronous too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeAlias

from portico.errors import MissingExtraError, TransactionError
from portico.signals import snapshot_with
from portico.transactions import AT_ONCE, Event, Transaction

try:
    from sqlalchemy import Connection, inspect
    from sqlalchemy.orm import InstanceState, Session, scoped_session
except ImportError as error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from error

from portico.sources.sqlalchemy.connection import RecordingConnection
from portico.sources.sqlalchemy.session import RecordingSession
from portico.sources.sqlalchemy.tables import TableSignals, own_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session

    from portico.signals import Signal

__all__ = [
    "AT_ONCE",
    "Committing",
    "TableSignals",
    "call_after_commit",
    "own_session",
    "send_after_commit",
    "transaction_of",
]

P = ParamSpec("P")

Committing: TypeAlias = (
    "Session | scoped_session[Any] | AsyncSession | async_scoped_session[Any]"
    " | Connection | AsyncConnection | Transaction"
)
"""Everything that can commit; and `AT_ONCE`, for callers that may have nothing to."""

_TAKEN: Final = "a Session, scoped_session, AsyncSession, async_scoped_session, Connection or AsyncConnection"


def send_after_commit(committing: Committing, signal: Signal[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Record a send in a transaction.

    It goes out when the transaction is stored and any other connection can read it, in the order of recording. It is
    dropped when the transaction, or the savepoint it was recorded in, rolls back. Of a session that is joined to an
    outer transaction, the outer one decides. Receivers are isolated whatever the signal's policy, as nothing can be
    undone any more. Where the commit is awaited, coroutine receivers are awaited before it returns.

    Args:
        committing: whose transaction it is; begun if it has not begun yet. On a connection in AUTOCOMMIT, and with
            `AT_ONCE`, it is sent at once.
        signal: what to send.
        *args: the sender.
        **kwargs: the payload. Mapped objects in it can be read by receivers: the values and relationships that are
            loaded at the commit, and all columns.

    Raises:
        TypeError: the payload is not the declared one, or nothing can be recorded in what was given.
        TransactionError: nothing can be recorded in the state that it is in.
    """
    transaction_of(committing).record(Event.of(signal, *args, **kwargs))


def call_after_commit(committing: Committing, call: Callable[[], object], *, label: str) -> None:
    """Record any call as `send_after_commit` records a send.

    Args:
        committing: as there.
        call: what is done; what it raises is logged, and stops nothing.
        label: what the log calls it.

    Raises:
        TypeError: nothing can be recorded in what was given.
        TransactionError: nothing can be recorded in the state that it is in.
    """
    transaction_of(committing).call_after_commit(call, label)


def transaction_of(committing: Committing) -> Transaction:
    """Return the transaction that a session or a connection is in, or is about to begin.

    Raises:
        TypeError: it is neither.
        TransactionError: an asynchronous connection that has not been started.
    """
    plain = _plain(committing)
    if isinstance(plain, Session):
        return RecordingSession(plain)
    if isinstance(plain, Connection):
        return RecordingConnection(plain)
    if isinstance(plain, Transaction):
        return plain
    msg = f"cannot record in {type(committing).__name__}: pass {_TAKEN}; or AT_ONCE, to do without a transaction"
    raise TypeError(msg)


def _plain(committing: object) -> object:
    """Return what a scoped or an asynchronous session or connection stands for."""
    asynchronous: Any = sys.modules.get("sqlalchemy.ext.asyncio")
    if isinstance(committing, scoped_session):
        return committing()
    if asynchronous is None:
        return committing
    if isinstance(committing, asynchronous.async_scoped_session):
        committing = committing()
    if isinstance(committing, asynchronous.AsyncSession):
        return committing.sync_session
    if isinstance(committing, asynchronous.AsyncConnection):
        if committing.sync_connection is None:
            msg = "cannot record in an AsyncConnection that has not been started; await it, or use `async with`"
            raise TransactionError(msg)
        return committing.sync_connection
    return committing


def _changes(value: object) -> object:
    """Return what was changed of a mapped object since it was loaded or stored; None for other objects.

    Reading an attribute that is loaded only then is no change.
    """
    state = inspect(value, raiseerr=False)
    if not isinstance(state, InstanceState):
        return None
    history = {name: state.attrs[name].history for name in sorted(state.committed_state)}
    return [(name, list(added or ()), list(deleted or ())) for name, (added, _, deleted) in history.items()]


# The payload guard then compares mapped objects by their history, and not only by identity.
snapshot_with(_changes)
