"""Tells what a flush changes of a mapped object: each column's old and new value, and who joined or left it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Column, and_, or_, select
from sqlalchemy.orm import RelationshipDirection, attributes
from sqlalchemy.sql.elements import ClauseElement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import ColumnProperty, InstanceState, Mapper, RelationshipProperty, Session

Changes = dict[str, tuple[Any, Any]]
"""Of a column, its old and its new value; of a membership, the list of who left and the list of who joined."""

_ROWS_PER_SELECT: Final = 100


class Shape(NamedTuple):
    """What can change of the objects of one mapped class."""

    columns: dict[str, ColumnProperty[Any]]
    by_database: tuple[str, ...]
    """Columns that an UPDATE changes although nobody assigned to them: `onupdate`, computed and version columns."""
    memberships: tuple[RelationshipProperty[Any], ...]
    references: tuple[tuple[RelationshipProperty[Any], tuple[tuple[str, ColumnElement[Any]], ...]], ...]
    """Relationships that a flush turns into foreign keys of this class: which attribute gets which column's value."""


def shape_of(mapper: Mapper[Any]) -> Shape:
    """Return what can change of a class; kept with its mapper."""
    shape: Shape | None = mapper.__dict__.get("portico_shape")
    if shape is None:
        shape = mapper.__dict__["portico_shape"] = _read(mapper)
    return shape


def _read(mapper: Mapper[Any]) -> Shape:
    columns = {each.key: each for each in mapper.column_attrs if isinstance(each.columns[0], Column)}
    stored = [each for each in mapper.relationships if not each.viewonly]
    return Shape(
        columns,
        tuple(key for key, each in columns.items() if _changes_by_itself(mapper, each)),
        tuple(each for each in stored if each.secondary is not None),
        tuple(
            (each, tuple((mapper.get_property_by_column(to).key, of) for to, of in each.local_remote_pairs or ()))
            for each in stored
            if each.direction is RelationshipDirection.MANYTOONE
        ),
    )


def _changes_by_itself(mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> bool:
    return any(
        each is mapper.version_id_col
        or (
            isinstance(each, Column)
            and (each.onupdate is not None or each.server_onupdate is not None or each.computed is not None)
        )
        for each in attribute.columns
    )


class OldValues:
    """What the rows of a flush hold before it, as far as their objects do not know it any more."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._known: Final[dict[InstanceState[Any], dict[str, Any]]] = {}

    def note(self, states: Iterable[InstanceState[Any]]) -> None:
        """Read what the states have lost: expired before it was assigned, or changed in place, as JSON is."""
        missing: dict[Mapper[Any], dict[InstanceState[Any], list[str]]] = {}
        for state in states:
            known = self._known.setdefault(state, {})
            keys = [key for key in self._needed(state, known) if key not in known]
            if keys and state.key is not None:
                missing.setdefault(state.mapper, {})[state] = keys
        for mapper, wanted in missing.items():
            self._read(mapper, wanted)

    def get(self, state: InstanceState[Any], key: str) -> Any:
        """Return what the row held; None if that is not known."""
        return self._known.get(state, {}).get(key)

    def _needed(self, state: InstanceState[Any], known: dict[str, Any]) -> Iterator[str]:
        shape = shape_of(state.mapper)
        changed = False
        for key in shape.columns:
            added, _, deleted = _history(state, key)
            if added or deleted:
                changed = True
                if not deleted:
                    yield key
        for relationship, pairs in shape.references:
            if any(_history(state, relationship.key)[::2]):
                changed = True
                yield from (key for key, _ in pairs if key not in state.dict)
        if changed:
            for key in shape.by_database:
                if key in state.dict and not any(_history(state, key)[::2]):
                    known.setdefault(key, state.dict[key])
                else:
                    yield key

    def _read(self, mapper: Mapper[Any], wanted: dict[InstanceState[Any], list[str]]) -> None:
        keys = sorted({key for each in wanted.values() for key in each})
        identity = [getattr(mapper.class_, mapper.get_property_by_column(each).key) for each in mapper.primary_key]
        columns = select(*identity, *(getattr(mapper.class_, key) for key in keys))
        # Not through the session: it would let others add criteria that hide rows.
        connection = self._session.connection(bind_arguments={"mapper": mapper})
        states = list(wanted)
        for start in range(0, len(states), _ROWS_PER_SELECT):
            by_identity = {state.key[1]: state for state in states[start : start + _ROWS_PER_SELECT] if state.key}
            rows = connection.execute(
                columns.where(
                    or_(
                        *(and_(*(a == b for a, b in zip(identity, each, strict=True))) for each in by_identity),
                    )
                )
            )
            for row in rows:
                state = by_identity.get(tuple(row[: len(identity)]))
                if state is not None:
                    values = dict(zip(keys, row[len(identity) :], strict=True))
                    self._known[state].update({key: values[key] for key in wanted[state]})


def _history(state: InstanceState[Any], key: str) -> tuple[Any, Any, Any]:
    # As SQLAlchemy keeps it: most attributes were not assigned, and building a history for each would cost more.
    pending = state._pending_mutations.get(key)  # noqa: SLF001
    if pending is not None:
        # A collection that is not loaded.
        return (tuple(pending.added_items), (), tuple(pending.deleted_items))
    if key not in state.committed_state:
        return ((), (), ())
    added, unchanged, deleted = state.attrs[key].history
    return added or (), unchanged, deleted or ()


def changes_of(state: InstanceState[Any], old: OldValues, *, foreseen: bool = False) -> Changes:
    """Return what was changed of an object since it was loaded or flushed.

    Args:
        state: the object's state, before the flush has finished.
        old: what rows held.
        foreseen: also say which foreign keys the flush is about to set, from the relationships that were assigned.
    """
    shape, changes = shape_of(state.mapper), Changes()
    for key in shape.columns:
        added, _, deleted = _history(state, key)
        if added or deleted:
            before = deleted[0] if deleted else old.get(state, key)
            add_change(state.mapper, changes, key, before, added[0] if added else None)
    for relationship in shape.memberships:
        added, _, deleted = _history(state, relationship.key)
        if added or deleted:
            changes[relationship.key] = (
                [each for each in deleted if each is not None],
                [each for each in added if each is not None],
            )
    if foreseen:
        for relationship, pairs in shape.references:
            added, _, deleted = _history(state, relationship.key)
            if added or deleted:
                _foresee(state, changes, pairs, added[0] if added else None, old)
    return changes


def _foresee(
    state: InstanceState[Any],
    changes: Changes,
    pairs: tuple[tuple[str, ColumnElement[Any]], ...],
    target: object,
    old: OldValues,
) -> None:
    for key, column in pairs:
        before = changes[key][0] if key in changes else state.dict.get(key, old.get(state, key))
        after = None
        if target is not None:
            of = attributes.instance_state(target)
            after = of.dict.get(of.mapper.get_property_by_column(column).key)
        changes.pop(key, None)
        add_change(state.mapper, changes, key, before, after)


def add_change(mapper: Mapper[Any], changes: Changes, key: str, before: Any, after: Any) -> None:
    """Say that a column changed, unless both values are the same."""
    if is_expression(after) or not same(mapper, key, before, after):
        # What may be changed in place later is copied: what is told stays as it was.
        changes[key] = (before, deepcopy(after) if isinstance(after, dict | list | set) else after)


def same(mapper: Mapper[Any], key: str, one: Any, other: Any) -> bool:
    """Tell whether two values of a column are the same to its type."""
    return one is other or bool(shape_of(mapper).columns[key].columns[0].type.compare_values(one, other))


def is_expression(value: object) -> bool:
    """Tell whether a value is SQL, which only the database turns into one."""
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def settle_expressions(state: InstanceState[Any], instance: object, changes: Changes, old: OldValues) -> None:
    """Put in what the database has made of SQL expressions, and what it changed by itself. After the flush."""
    mapper = state.mapper
    shape = shape_of(mapper)
    if not any(key in shape.columns for key in changes):
        return
    unknown = {key: before for key, (before, after) in changes.items() if key in shape.columns and is_expression(after)}
    unknown |= {key: old.get(state, key) for key in shape.by_database if key not in changes}
    for key, before in unknown.items():
        changes.pop(key, None)
        add_change(mapper, changes, key, before, getattr(instance, key))


def merge(mapper: Mapper[Any], first: Changes, then: Changes) -> Changes:
    """Return what two changes of one object come to."""
    memberships = {each.key for each in shape_of(mapper).memberships}
    merged = dict(first)
    for key, (before, after) in then.items():
        if key not in merged:
            merged[key] = (before, after)
        elif key in memberships:
            left, joined = merged.pop(key)
            gone = [*_without(left, after), *_without(before, joined)]
            come = [*_without(joined, before), *_without(after, left)]
            if gone or come:
                merged[key] = (gone, come)
        else:
            origin = merged.pop(key)[0]
            add_change(mapper, merged, key, origin, after)
    return merged


def _without(members: Iterable[object], others: list[object]) -> list[object]:
    return [each for each in members if not any(each is other for other in others)]
