"""Sends a signal for each row of an application's mapped classes that a session creates, changes or deletes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakSet

from sqlalchemy import Engine, event, inspect
from sqlalchemy.orm import Mapper, Session, object_session, scoped_session, sessionmaker

from portico.errors import DeclarationError, TransactionError
from portico.signals import Mutex, Namespace, Undo
from portico.sources.sqlalchemy.bulk import BULK, REFUSE, ROWS, SIGNAL, BulkStatement, Policy
from portico.sources.sqlalchemy.connection import waiting
from portico.sources.sqlalchemy.declared import declare
from portico.sources.sqlalchemy.session import RecordingSession
from portico.sources.sqlalchemy.silent import IGNORE, SILENT, TOLD, WARN, SilentChanges
from portico.sources.sqlalchemy.units import Change, Flush, net
from portico.transactions import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import InstanceState, ORMExecuteState
    from sqlalchemy.orm.unitofwork import UOWTransaction

    from portico.sources.sqlalchemy.changes import Changes
    from portico.sources.sqlalchemy.units import Kind, Result
    from portico.transactions import Entry, Wait

_TAKEN: Final = (
    "a Session class, a sessionmaker, a scoped_session, a Session, or the asynchronous form of any of them: "
    "TableSignals(Session, [Order])"
)
_open: Final[WeakSet[TableSignals]] = WeakSet()
_opening: Final = Mutex()


class TableSignals(Undo):
    """Signals of the rows of mapped classes, until it is closed.

    Args:
        sessions: whose changes are heard: a `Session` class, `sessionmaker`, `scoped_session`, `Session`, or the
            asynchronous form of any of them.
        classes: the mapped classes; rows of their subclasses are heard too, unless these are named themselves.
            The sender is the named class.
        namespace: where `pre_create`, `pre_modify`, `pre_delete`, `post_create`, `post_modify`, `post_delete`,
            `bulk_modify` and `bulk_delete` are declared. Several can share one: the sender says which class it is.
        bulk: how a bulk `update()` or `delete()` of a class is told of: `"rows"` as if each of its objects had been
            changed, for which they are loaded; `"signal"` as one `bulk_modify` or `bulk_delete`; `"refuse"` not
            at all, as it is not run (`SilentChangeError`).

        silent: what becomes of statements that change the tables of the classes without any signal: `"warn"` warns
            (`SilentChangeWarning`), `"raise"` refuses them (`SilentChangeError`), `"ignore"` does not look.

    Raises:
        DeclarationError: no sessions or no mapped class was given, the rows of a class would be sent twice, the
            namespace has other signals of these names, or an option has no such value.
    """

    def __init__(
        self,
        sessions: Any,
        classes: Iterable[type[Any]],
        *,
        namespace: Namespace = Namespace("tables"),  # noqa: B008 - a namespace is one for ever
        bulk: Policy = ROWS,
        silent: Literal["warn", "raise", "ignore"] = WARN,
    ) -> None:
        self.listened: Final = _listened(sessions)
        self.classes: Final = tuple(dict.fromkeys(classes))
        self.namespace: Final = namespace
        self._senders: Final[dict[type[Any], type[Any] | None]] = {}
        self._listening: Final[list[tuple[Any, str, Callable[..., Any]]]] = []
        _check_classes(self.classes)
        if bulk not in BULK:
            msg = f"cannot take bulk={bulk!r}; use 'rows', 'signal' or 'refuse'"
            raise DeclarationError(msg)
        self._bulk: Final = bulk
        if silent not in SILENT:
            msg = f"cannot take silent={silent!r}; use 'warn', 'raise' or 'ignore'"
            raise DeclarationError(msg)
        self._silent: Final = SilentChanges(self.classes, silent, self._is_flushing)
        with _opening:
            self._refuse_twice()
            self._signals: Final = declare(namespace)
            _open.add(self)
        self._listen()

    # -- undoing ----------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop hearing of rows. What was flushed and not committed by then is still sent after its commit."""
        _open.discard(self)
        while self._listening:
            event.remove(*self._listening.pop())

    close = cancel

    def __repr__(self) -> str:
        state = "" if self._listening else ", closed"
        return f"<TableSignals of {', '.join(each.__name__ for each in self.classes)} in {self.namespace.name}{state}>"

    # -- listening --------------------------------------------------------------------------------------------------

    def _refuse_twice(self) -> None:
        for other in _open:
            twice = set(other.classes) & set(self.classes)
            if twice and other.namespace is self.namespace and _overlap(other.listened, self.listened):
                name = min(each.__name__ for each in twice)
                msg = (
                    f"cannot send the rows of {name} in {self.namespace.name} twice; "
                    f"close the TableSignals that does it already, or use another namespace"
                )
                raise DeclarationError(msg)

    def _listen(self) -> None:
        self._on(self.listened, "before_flush", self._before_flush)
        self._on(self.listened, "after_flush", self._after_flush)
        self._on(self.listened, "after_flush_postexec", self._after_flush_postexec)
        self._on(self.listened, "do_orm_execute", self._execute)
        for each in self.classes:
            self._on(each, "before_insert", self._before_insert, propagate=True)
            self._on(each, "before_update", self._before_update, propagate=True)
            self._on(each, "before_delete", self._before_delete, propagate=True)
        if self._silent.policy != IGNORE:
            self._on(self.listened, "after_begin", self._silent.began)
            self._on(self.listened, "after_soft_rollback", self._rolled_back)
            self._on(Engine, "before_cursor_execute", self._silent.look)

    def _on(self, target: Any, name: str, listener: Callable[..., Any], **how: Any) -> None:
        event.listen(target, name, listener, **how)
        self._listening.append((target, name, listener))

    def _sender_of(self, kind: type[Any]) -> type[Any] | None:
        try:
            return self._senders[kind]
        except KeyError:
            sender = next((each for each in kind.__mro__ if each in self.classes), None)
            self._senders[kind] = sender
            return sender

    # -- in the flush -----------------------------------------------------------------------------------------------

    def _before_flush(self, session: Session, _: UOWTransaction, objects: Iterable[object] | None) -> None:
        flush = session.info[self] = Flush(session, self._sender_of, self.classes, objects)
        try:
            flush.announce(self._send_pre)
        except BaseException:
            # As any failure of a flush does, also where a query has caused it: nothing of the transaction is stored.
            _fail(session)
            raise

    def _before_insert(self, _: Mapper[Any], __: object, instance: object) -> None:
        self._announce_late("create", instance)

    def _before_update(self, _: Mapper[Any], __: object, instance: object) -> None:
        self._announce_late("modify", instance)

    def _before_delete(self, _: Mapper[Any], __: object, instance: object) -> None:
        self._announce_late("delete", instance)

    def _announce_late(self, kind: Kind, instance: object) -> None:
        session = object_session(instance)
        flush = self._flush_of(session)
        if flush is not None:
            state: InstanceState[Any] = inspect(instance)
            flush.announce_late(kind, state, self._send_pre)

    def _flush_of(self, session: Session | None) -> Flush | None:
        flush: Flush | None = session.info.get(self) if session is not None else None
        # `info` may have been copied from another session.
        return flush if flush is not None and flush.session is session else None

    def _is_flushing(self, session: Session) -> bool:
        # `bulk_save_objects` and its like say that they flush, too: they have not been announced.
        return session._flushing and self._flush_of(session) is not None  # noqa: SLF001

    def _rolled_back(self, session: Session, _: object) -> None:
        session.info.pop(self, None)

    def _after_flush(self, session: Session, context: UOWTransaction) -> None:
        flush = self._flush_of(session)
        if flush is not None:
            flush.finish(context)

    def _after_flush_postexec(self, session: Session, _: UOWTransaction) -> None:
        flush = self._flush_of(session)
        if flush is None:
            return
        del session.info[self]
        self._record(session, flush.results())

    def _record(self, session: Session, results: Iterable[Result]) -> None:
        transaction = RecordingSession(session)
        for done in results:
            payload = {"instance": done.instance} | ({"changes": done.changes} if done.kind == "modify" else {})
            sender = self._sender_of(type(done.instance))
            happened = Event.of(self._signals[f"post_{done.kind}"], sender, **payload)
            tell = _Teller(type(session), session.get_bind(done.mapper).engine)
            change = Change(done.kind, happened, done.key, done.key_after, done.mapper, tell)
            transaction.add(change.entry(self._net))

    # -- bulk statements --------------------------------------------------------------------------------------------

    def _execute(self, state: ORMExecuteState) -> Any:
        if not (state.is_update or state.is_delete) or not state.is_orm_statement:
            return None
        mapper = state.bind_mapper
        if mapper is None or state.local_execution_options.get(self._told):
            return None
        sender = self._sender_of(mapper.class_)
        if sender is None and not any(self._sender_of(each.class_) for each in mapper.self_and_descendants):
            return None
        statement = BulkStatement(state, mapper)
        if self._bulk == REFUSE:
            statement.refuse()
        if not statement.is_known:
            return None
        session = state.session
        if session.autoflush:
            session.flush()
        # By a name of its own: another TableSignals tells of the same statement for itself.
        options: dict[str, Any] = {TOLD: (*state.execution_options.get(TOLD, ()), self._silent), self._told: True}
        if self._bulk == SIGNAL and sender is not None:
            keys = statement.keys()
            result: Any = state.invoke_statement(execution_options=options)
            if keys:
                signal = self._signals[f"bulk_{statement.kind}"]
                RecordingSession(session).record(Event.of(signal, sender, keys=keys, values=statement.values))
            return result
        try:
            result, done = statement.run(self._send_pre, self._sender_of, **options)
        except BaseException:
            _fail(session)
            raise
        self._record(session, done)
        return result

    @property
    def _told(self) -> str:
        return f"{TOLD}_{id(self)}"

    def _send_pre(self, kind: Kind, sender: type[Any], instance: object, changes: Changes) -> None:
        payload = {"instance": instance} | ({"changes": changes} if kind == "modify" else {})
        signal = self._signals[f"pre_{kind}"]
        wait = waiting()
        if wait is None:
            signal.send(sender, **payload)
        else:
            wait(signal.send_payload_async(sender, payload))

    def _net(self, entries: list[Entry]) -> list[Entry]:
        changes = (entry.call for entry in entries)
        return [each.entry(self._net) for each in net(each for each in changes if isinstance(each, Change))]


def _fail(session: Session) -> None:
    session._autobegin_t()._begin().rollback(_capture_exception=True)  # noqa: SLF001 - what the flush itself does


# -- a session for receivers ---------------------------------------------------------------------------------------


class _Teller:
    """Sends an event, and knows of which database."""

    def __init__(self, kind: type[Session], engine: Any) -> None:
        self._kind: Final = kind
        self._engine: Final = engine

    def __call__(self, happened: Event, wait: Wait | None) -> None:
        token = _telling.set(self)
        try:
            happened.send(wait)
        finally:
            _telling.reset(token)

    def session(self) -> Session:
        return self._kind(bind=self._engine)


_telling: Final[ContextVar[_Teller | None]] = ContextVar("portico_telling", default=None)


@contextmanager
def own_session() -> Iterator[Session]:
    """Open a session of its own for a receiver of a post-signal, on the database of the row; closed with the block.

    The session that has changed the row is between two transactions then.

    Raises:
        TransactionError: no such receiver is running here.
    """
    teller = _telling.get()
    if teller is None:
        msg = "own_session() is for receivers of post_create, post_modify and post_delete while they run"
        raise TransactionError(msg)
    with teller.session() as session:
        yield session


# -- what was given ------------------------------------------------------------------------------------------------


def _check_classes(classes: tuple[Any, ...]) -> None:
    if not classes:
        msg = "cannot make TableSignals without a class; name what is to be heard of: TableSignals(Session, [Order])"
        raise DeclarationError(msg)
    for each in classes:
        if not (isinstance(each, type) and isinstance(inspect(each, raiseerr=False), Mapper)):
            msg = f"cannot hear of {each!r}; name a class that SQLAlchemy maps to a table"
            raise DeclarationError(msg)


def _listened(sessions: Any) -> Any:
    """Return the session or class of sessions that SQLAlchemy takes listeners for."""
    asynchronous: Any = sys.modules.get("sqlalchemy.ext.asyncio")
    found: Any = getattr(sessions, "session_factory", sessions) if isinstance(sessions, scoped_session) else sessions
    if asynchronous is not None:
        if isinstance(found, asynchronous.async_scoped_session):
            found = found.session_factory
        if isinstance(found, asynchronous.async_sessionmaker):
            found = found.kw.get("sync_session_class") or found.class_
        if isinstance(found, asynchronous.AsyncSession):
            found = found.sync_session
        elif _is_kind(found, asynchronous.AsyncSession):
            found = found.sync_session_class
    if isinstance(found, sessionmaker):
        found = found.class_
    if isinstance(found, Session) or _is_kind(found, Session):
        return found
    msg = f"cannot hear of changes through {sessions!r}; pass {_TAKEN}"
    raise DeclarationError(msg)


def _is_kind(what: Any, of: type[Any]) -> bool:
    return isinstance(what, type) and issubclass(what, of)


def _overlap(one: Any, other: Any) -> bool:
    if isinstance(one, type) and isinstance(other, type):
        return issubclass(one, other) or issubclass(other, one)
    if isinstance(one, type):
        return isinstance(other, one)
    return isinstance(one, other) if isinstance(other, type) else one is other
