"""Finds the rows that the database itself deletes or changes because the row that they refer to is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from sqlalchemy import Table, inspect, select
from sqlalchemy.orm import RelationshipDirection
from sqlalchemy.orm.attributes import set_committed_value

from portico.sources.sqlalchemy.loaded import load_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column
    from sqlalchemy.orm import InstanceState, Mapper, Session


class Action(NamedTuple):
    """One foreign key whose `ON DELETE` action changes rows of a signalled class."""

    child: Mapper[Any]
    attribute: str
    """Of the child, the foreign key."""
    referred: str
    """Of the parent, what it refers to."""
    deletes: bool
    """Whether the child is deleted; otherwise its foreign key is set to NULL or a default."""


class Affected(NamedTuple):
    """One object whose row the database is about to delete or change."""

    kind: Literal["modify", "delete"]
    instance: Any
    attribute: str
    before: Any


def actions_on(parent: Mapper[Any], classes: Iterable[type[Any]]) -> Iterator[Action]:
    """Return the actions that deleting a row of `parent` has on rows of `classes`, but for what the session does."""
    by_session = {
        column
        for each in parent.relationships
        if each.direction is RelationshipDirection.ONETOMANY and not each.viewonly and not each.passive_deletes
        for _, column in each.local_remote_pairs or ()
    }
    for cls in classes:
        child: Mapper[Any] = inspect(cls)
        if not isinstance(child.local_table, Table):
            continue
        for key in child.local_table.foreign_keys:
            column: Column[Any] = key.parent
            action = (key.ondelete or "").upper()
            known = action in {"CASCADE", "SET NULL", "SET DEFAULT"} and key.column.table in parent.tables
            # A row of a subclass goes with that of its base: it is one object.
            if known and column not in by_session and not child.isa(parent):
                yield Action(
                    child,
                    child.get_property_by_column(column).key,
                    parent.get_property_by_column(key.column).key,
                    action == "CASCADE",
                )


def affected_by(session: Session, state: InstanceState[Any], classes: Iterable[type[Any]]) -> Iterator[Affected]:
    """Read what goes or changes with one row that is about to be deleted; not yet what goes with that."""
    for action in actions_on(state.mapper, classes):
        column = getattr(action.child.class_, action.attribute)
        value = state.dict.get(action.referred)
        with session.no_autoflush:
            found = session.scalars(select(action.child.class_).where(column == value)).all()
        for instance in found:
            load_missing(session, inspect(instance))
            yield Affected("delete" if action.deletes else "modify", instance, action.attribute, value)


_GONE: Final = object()


def settled(session: Session, affected: Affected) -> tuple[bool, Any]:
    """Tell whether the database did it, which it may not (SQLite does only if it was told to), and the new value."""
    state: InstanceState[Any] = inspect(affected.instance)
    mapper = state.mapper
    identity = [getattr(mapper.class_, mapper.get_property_by_column(each).key) for each in mapper.primary_key]
    key = state.key[1] if state.key else ()
    statement = select(getattr(mapper.class_, affected.attribute)).where(
        *(a == b for a, b in zip(identity, key, strict=True))
    )
    rows = session.connection(bind_arguments={"mapper": mapper}).execute(statement).all()
    now = rows[0][0] if rows else _GONE
    if affected.kind == "delete":
        return now is _GONE, None
    if now is _GONE or now == affected.before:
        return False, None
    set_committed_value(affected.instance, affected.attribute, now)
    return True, now
