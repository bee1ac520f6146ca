"""Keeps what a session's objects hold at its commit, so that receivers can read it although the commit expired it."""

from __future__ import annotations

import logging
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

logger = logging.getLogger(__name__)


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
        load_missing(session, state)


def load_missing(session: Session, state: InstanceState[Any]) -> None:
    """Load those columns of one persistent object that are not loaded."""
    missing = [each.key for each in state.mapper.column_attrs if each.key in state.unloaded]
    if missing:
        try:
            session.refresh(state.obj(), missing)
        except InvalidRequestError:
            # Its row was deleted past the session: nothing to load, and no reason to fail the commit.
            return


class LoadedValues:
    """The values of a session's objects, as they are when this is made."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        instances = list(session) if session.expire_on_commit else []
        self._columns: Final = [(each, _loaded_columns(inspect(each))) for each in instances]
        self._relationships: Final = [(each, _loaded_relationships(inspect(each))) for each in instances]

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Set back what has been expired since, for the length of a `with` block; unless modified, it expires again."""
        # Columns of all first: a collection may ask its members for the keys that it keeps them by.
        expired = [(each, values) for each, values in self._columns if _set_back(each, values)]
        for each, values in self._relationships:
            _set_back(each, values)
        with _explained(self._session):
            try:
                yield
            finally:
                for each, _ in expired:
                    state = inspect(each)
                    if state.session is not None and state.persistent and not state.modified:
                        state.session.expire(each)


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


def _loaded_columns(state: InstanceState[Any]) -> dict[str, Any]:
    return {key: value for key, value in state.dict.items() if key in state.mapper.column_attrs}


def _loaded_relationships(state: InstanceState[Any]) -> dict[str, Any]:
    # The collection itself is thrown away when it expires; its members can be put into a new one.
    return {
        each.key: list(collection_adapter(state.dict[each.key])) if each.uselist else state.dict[each.key]
        for each in state.mapper.relationships
        if each.key in state.dict
    }


def _set_back(instance: object, values: dict[str, Any]) -> bool:
    """Set back what is expired; tell whether anything was."""
    state: InstanceState[Any] = inspect(instance)
    expired = [key for key in values if key not in state.dict]
    for key in expired:
        try:
            set_committed_value(instance, key, values[key])
        except Exception:
            # A collection class of the application's: it must not break what has stored its transaction.
            logger.exception("%s.%s cannot be read after the commit", state.class_.__name__, key)
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
