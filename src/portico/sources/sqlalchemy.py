"""Sends after the commit: recorded in a session's transaction, sent when it is stored, dropped when it is not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from portico.errors import MissingExtraError
from portico.signals import snapshot_with

try:
    from sqlalchemy import event, inspect
    from sqlalchemy.orm import InstanceState, Session, SessionTransaction, scoped_session
except ImportError as error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from error

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from portico.signals import Signal

P = ParamSpec("P")

logger = logging.getLogger(__name__)

_KEY: Final = "portico.after_commit"


def send_after_commit(
    session: Session | scoped_session[Any] | AsyncSession, signal: Signal[P], /, *args: P.args, **kwargs: P.kwargs
) -> None:
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
    recorder = _recorder(_plain(session))
    recorder.record(lambda: signal.send_isolated(*args, **kwargs), signal.label)


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


def _plain(session: Session | scoped_session[Any] | AsyncSession) -> Session:
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
