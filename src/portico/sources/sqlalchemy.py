"""After the commit: recorded in a session's transaction, done when it is stored, dropped when it is not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeAlias, TypeGuard

from portico.errors import MissingExtraError
from portico.signals import snapshot_with

try:
    from sqlalchemy import event, inspect
    from sqlalchemy.orm import InstanceState, Session, SessionTransaction, scoped_session
except ImportError as error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import sessionmaker

    from portico.signals import Signal

P = ParamSpec("P")

logger = logging.getLogger(__name__)

_KEY: Final = "portico.after_commit"
_WRITES_KEY: Final = "portico.writes"

# How statements begin that leave nothing to commit. `WITH` may read or write, and counts as writing.
_READING: Final = ("SELECT", "VALUES", "SHOW", "SET ", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")

AnySession: TypeAlias = "Session | scoped_session[Any] | AsyncSession"


def send_after_commit(session: AnySession, signal: Signal[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Record a send in the session's transaction.

    It goes out when the transaction has committed and the session has left it: any other connection can read what
    was stored, and receivers may use the session again. It is dropped when the transaction, or the savepoint it was
    recorded in, rolls back. Sends go out in the order in which they were recorded. Receivers are isolated whatever
    the signal's policy, as nothing can be undone any more.

    Args:
        session: a session; a scoped or an asynchronous one stands for the session inside. One that has not begun a
            transaction begins it.
        signal: what to send.
        *args: the sender.
        **kwargs: the payload. With `expire_on_commit`, mapped objects in it are loaded again when they are read.

    Raises:
        TypeError: the payload is not the declared one; said here, where it can be mended, and not after the commit.
    """
    signal.check(*args, **kwargs)
    call_after_commit(session, lambda: signal.send_isolated(*args, **kwargs), label=signal.label)


def call_after_commit(session: AnySession, call: Callable[[], object], *, label: str) -> None:
    """Record any call as `send_after_commit` records a send.

    Args:
        session: as there.
        call: what is done; what it raises is logged, and stops nothing.
        label: what the log calls it.
    """
    _recorder(_plain(session)).record(call, label)


def is_session(candidate: object) -> TypeGuard[AnySession]:
    """Tell whether something is a session that calls can be recorded in."""
    return isinstance(candidate, Session | scoped_session) or isinstance(
        getattr(candidate, "sync_session", None), Session
    )


def watch_writes(sessions: AnySession | sessionmaker[Any]) -> None:
    """Note what sessions write, so that `has_writes` knows. Watching again does no harm.

    Args:
        sessions: one session, or what makes them. Of a session that is in a transaction already, only the next
            transaction is known from its beginning.
    """
    if is_session(sessions):
        plain = _plain(sessions)
        if _WRITES_KEY not in plain.info:
            _watch(plain, complete=not plain.in_transaction())
    elif not event.contains(sessions, "after_begin", _began):
        event.listen(sessions, "after_begin", _began)


def has_writes(session: AnySession, *, unknown: bool = True) -> bool:
    """Tell whether the session has something to commit: rows to flush, or statements that may have written.

    Args:
        session: watched with `watch_writes`, or not.
        unknown: what to say where the transaction had begun before it was watched.
    """
    plain = _plain(session)
    if not plain.in_transaction():
        return False
    if plain.new or plain.deleted or any(plain.is_modified(each) for each in plain.dirty):
        return True
    writes: _Writes | None = plain.info.get(_WRITES_KEY)
    if writes is None:
        return unknown
    return writes.written or (unknown and not writes.complete)


class _Recorder:
    """What one session still has to send."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._sends: list[tuple[SessionTransaction, str, Any]] = []
        self._committed: set[SessionTransaction] = set()

    def record(self, send: Any, label: str) -> None:
        transaction = self._innermost() or self._session.begin()
        self._sends.append((transaction, label, send))

    def committed(self, _: Session) -> None:
        # Not yet the time to send: the session is still inside, and would refuse to emit SQL.
        transaction = self._innermost()
        if transaction is not None:
            self._committed.add(transaction)

    def ended(self, _: Session, transaction: SessionTransaction) -> None:
        mine = [each for each in self._sends if each[0] is transaction]
        committed = transaction in self._committed
        self._committed.discard(transaction)
        if not mine:
            return
        outer = _enclosing(transaction)
        if committed and outer is not None:
            # A savepoint was released: what becomes of it is now up to what encloses it. Order is kept.
            self._sends = [(outer, *rest) if at is transaction else (at, *rest) for at, *rest in self._sends]
            return
        self._sends = [each for each in self._sends if each[0] is not transaction]
        if committed:
            for _at, label, send in mine:
                try:
                    send()
                except Exception:
                    # What no isolation catches (RecursionError) must not break the session of a stored transaction.
                    logger.exception("sending %s after the commit failed", label)

    def _innermost(self) -> SessionTransaction | None:
        return self._session.get_nested_transaction() or self._session.get_transaction()


class _Writes:
    """Whether the transaction that a session is in has written anything."""

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        """Whether the transaction was watched from its beginning."""
        self.written = False

    def began(self, _: Session, __: SessionTransaction, connection: Connection) -> None:
        # On the connection, because what is executed on it directly is seen nowhere else.
        if not event.contains(connection, "before_cursor_execute", self.executing):
            event.listen(connection, "before_cursor_execute", self.executing)

    def executing(self, _: Connection, __: object, statement: str, *___: object) -> None:
        self.written = self.written or not statement.lstrip("( \t\r\n").upper().startswith(_READING)

    def ended(self, _: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            self.complete, self.written = True, False


def _began(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if _WRITES_KEY not in session.info:
        _watch(session, complete=True).began(session, transaction, connection)


def _watch(session: Session, *, complete: bool) -> _Writes:
    writes: _Writes = session.info.setdefault(_WRITES_KEY, _Writes(complete=complete))
    event.listen(session, "after_begin", writes.began)
    event.listen(session, "after_transaction_end", writes.ended)
    return writes


def _plain(session: AnySession) -> Session:
    if isinstance(session, Session):
        return session
    return session() if isinstance(session, scoped_session) else session.sync_session


def _recorder(session: Session) -> _Recorder:
    recorder: _Recorder | None = session.info.get(_KEY)
    if recorder is None or recorder._session is not session:  # noqa: SLF001 - `info` may have been copied
        recorder = session.info[_KEY] = _Recorder(session)
        event.listen(session, "after_commit", recorder.committed)
        event.listen(session, "after_transaction_end", recorder.ended)
    return recorder


def _enclosing(transaction: SessionTransaction) -> SessionTransaction | None:
    """Return the savepoint or the root transaction around a transaction, past those that only a flush opened."""
    outer = transaction.parent
    while outer is not None and not outer.nested and outer.parent is not None:
        outer = outer.parent
    return outer


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
