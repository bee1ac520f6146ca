"""Keeps what a session's objects hold at its commit, so that receivers can read it although the commit expired it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, inspect
from sqlalchemy.exc import InvalidRequestError, MissingGreenlet
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.collections import collection_adapter

from portico.errors import TransactionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Result
    from sqlalchemy.orm import ORMExecuteState


def load_columns(session: Session, objects: Iterable[object]) -> None:
    """Flush, then load the columns of mapped objects that are not loaded, so that none has to be after the commit.

    Args:
        session: what is not persistent in it is left alone.
        objects: anything; also lists, sets, tuples and mappings of objects.
    """
    session.flush()
    for state in _states(objects):
        if state.session is not session or not state.persistent:
            continue
        missing = [each.key for each in state.mapper.column_attrs if each.key in state.unloaded]
        if missing:
            try:
                session.refresh(state.obj(), missing)
            except InvalidRequestError:
                # Its row was deleted past the session: nothing to load, and no reason to fail the commit.
                continue


class LoadedValues:
    """The values of a session's objects, as they are when this is made."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._values: Final = [(each, _loaded(inspect(each))) for each in session] if session.expire_on_commit else []

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Set back what has been expired since, for the length of a `with` block; unless modified, it expires again."""
        set_back = [instance for instance, values in self._values if _set_back(instance, values)]
        with _explained(self._session):
            try:
                yield
            finally:
                for instance in set_back:
                    state = inspect(instance)
                    if state.session is not None and state.persistent and not state.modified:
                        state.session.expire(instance)


def _states(objects: Iterable[object]) -> Iterator[InstanceState[Any]]:
    pending, seen = list(objects), set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, list | tuple | set | frozenset):
            pending.extend(each)
        elif isinstance(each, dict):
            pending.extend(each.values())
        elif isinstance(state := inspect(each, raiseerr=False), InstanceState):
            yield state


def _loaded(state: InstanceState[Any]) -> dict[str, Any]:
    mapper = state.mapper
    values = {key: value for key, value in state.dict.items() if key in mapper.column_attrs}
    for key in mapper.relationships.keys() & state.dict.keys():
        value = state.dict[key]
        # The collection itself is thrown away when it expires; its members can be put into a new one.
        values[key] = list(collection_adapter(value)) if mapper.relationships[key].uselist else value
    return values


def _set_back(instance: object, values: dict[str, Any]) -> bool:
    state: InstanceState[Any] = inspect(instance)
    expired = [key for key in values if key not in state.dict]
    for key in expired:
        set_committed_value(instance, key, values[key])
    return bool(expired)


@contextmanager
def _explained(session: Session) -> Iterator[None]:
    """Say what to do where a receiver has the session load something and it cannot."""

    def load(state: ORMExecuteState) -> Result[Any]:
        try:
            return state.invoke_statement()
        except InvalidRequestError as error:
            if session.in_transaction() and not isinstance(error, MissingGreenlet):
                raise
            msg = (
                "cannot load anything through this session in a receiver after its commit: the block or the coroutine "
                "that commits it has not ended; load it before the commit, or use a session of your own"
            )
            raise TransactionError(msg) from error

    event.listen(session, "do_orm_execute", load)
    try:
        yield
    finally:
        event.remove(session, "do_orm_execute", load)
