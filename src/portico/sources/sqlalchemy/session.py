"""Sends what was recorded in a session's transaction once that has ended, while its objects can still be read."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final
from weakref import ref

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from portico.errors import TransactionError
from portico.sources.sqlalchemy.connection import RecordingConnection, waiting
from portico.sources.sqlalchemy.loaded import LoadedValues, load_columns
from portico.transactions import Entry, Recorded, Recording

if TYPE_CHECKING:
    from portico.transactions import Wait


class _State:
    """What is known of one session that has been in a transaction, or was recorded in."""

    def __init__(self, session: Session) -> None:
        self.session: Final = ref(session)
        self.recorded = Recorded()
        self.running: Recorded | None = None
        """What is being sent, of a transaction that has ended."""
        self.committed: SessionTransaction | None = None
        """The transaction or savepoint that has committed and not ended yet."""
        self.values: LoadedValues | None = None
        self.connections: list[Connection] = []
        """What the transaction uses; when it has ended, what it used."""
        self.written = False
        self.commits = 0


_KEY: Final = "portico.transactions"


class RecordingSession(Recording):
    """The transaction that a session is in, or the one it is joined to."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._state: Final = _state_of(session)

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction that has not ended yet."""
        return self._session.in_transaction() or bool(_outer(self._session, self._state))

    @property
    def has_writes(self) -> bool:
        """Whether rows wait for a flush or were flushed; statements of one's own are not looked at."""
        session = self._session
        pending = session.new or session.deleted or any(session.is_modified(each) for each in session.dirty)
        return session.in_transaction() and (self._state.written or bool(pending))

    @property
    def commits(self) -> int:
        """How many transactions of the session were stored so far."""
        return self._state.commits

    def add(self, entry: Entry) -> None:
        """Record something."""
        session, state = self._session, self._state
        if state.committed is not None:
            # Inside `after_commit`, where the values are about to be expired.
            state.values = state.values or LoadedValues(session)
            state.recorded.add(entry)
        elif session.in_transaction():
            state.recorded.add(entry)
        elif state.running is not None:
            state.running.add(entry)
        elif outer := _outer(session, state):
            _hand_over(outer, entry)
        elif not session.autobegin:
            msg = "cannot record in a session that has not begun and does not begin by itself; call begin() first"
            raise TransactionError(msg)
        else:
            session.begin()
            state.recorded.add(entry)

    _add = add


def _known(session: Session) -> _State | None:
    # Kept in the session, so that it is collected with it even if what was recorded leads back there.
    state: _State | None = session.info.get(_KEY)
    # `info` may have been copied from another session.
    return state if state is not None and state.session() is session else None


def _state_of(session: Session) -> _State:
    state = _known(session)
    if state is None:
        state = session.info[_KEY] = _State(session)
    return state


def _outer(session: Session, state: _State) -> list[Connection]:
    """Return the connections whose own transactions, begun outside, decide about what the session has committed."""
    binds = [session.bind] if isinstance(session.bind, Connection) else []
    return [each for each in dict.fromkeys((*state.connections, *binds)) if each.in_transaction()]


def _hand_over(outer: list[Connection], entry: Entry) -> None:
    """Record something in the first connection, to be handed on to the others that are still in a transaction then."""
    first, *others = outer

    def hand_on(wait: Wait | None) -> None:
        waiting_for = [each for each in others if each.in_transaction()]
        if waiting_for:
            _hand_over(waiting_for, entry)
        else:
            entry.call(wait)

    RecordingConnection(first).add(entry._replace(call=hand_on))


# -- events of the class Session: there from import, so that none is added while SQLAlchemy walks through them ------


@event.listens_for(Session, "after_begin")
def _began(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.parent is None:
        state = _state_of(session)
        state.connections = [*(each for each in state.connections if each.in_transaction()), connection]


@event.listens_for(Session, "after_transaction_create")
def _created(session: Session, transaction: SessionTransaction) -> None:
    state = _known(session)
    if state is not None and transaction.nested:
        state.recorded.begin_savepoint(transaction)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _: object) -> None:
    _state_of(session).written = True


@event.listens_for(Session, "before_commit")
def _committing(session: Session) -> None:
    state = _known(session)
    if state is not None and state.recorded:
        load_columns(session, state.recorded.objects)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    state = _known(session)
    if state is None:
        return
    # Not yet the time to send: the session is still inside, and would refuse to emit SQL.
    state.committed = session.get_nested_transaction() or session.get_transaction()
    if state.recorded and not session.in_nested_transaction():
        state.values = LoadedValues(session)


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    state = _known(session)
    if state is None:
        return
    committed = state.committed is transaction
    if committed:
        state.committed = None
    if transaction.nested:
        if not committed:
            state.recorded.roll_back_to(transaction)
    elif transaction.parent is None:
        recorded, state.recorded = state.recorded, Recorded()
        values, state.values = state.values, None
        state.written = False
        if committed:
            _stored(session, state, recorded, values)


def _stored(session: Session, state: _State, recorded: Recorded, values: LoadedValues | None) -> None:
    def send(wait: Wait | None) -> None:
        before, state.running = state.running, recorded
        try:
            with values.readable() if values else nullcontext():
                recorded.run(wait)
        finally:
            state.running = before

    outer = _outer(session, state)
    if not outer:
        state.commits += 1
        if recorded:
            send(waiting())
    elif recorded:
        _hand_over(outer, Entry("the sends of a session", send))
