"""Tells of the rows that a bulk `update()` or `delete()` of a mapped class changes: row by row, or by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import BindParameter, and_, inspect, or_, select
from sqlalchemy.orm.attributes import set_committed_value

from portico.errors import SilentChangeError
from portico.sources.sqlalchemy.changes import Changes, add_change, shape_of
from portico.sources.sqlalchemy.loaded import load_missing
from portico.sources.sqlalchemy.units import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import sqlalchemy
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session

    from portico.sources.sqlalchemy.units import Kind, Send

ROWS: Final = "rows"
SIGNAL: Final = "signal"
REFUSE: Final = "refuse"
BULK: Final = (ROWS, SIGNAL, REFUSE)

Row = dict[str, Any]

_ROWS_PER_SELECT: Final = 100


class BulkStatement:
    """One bulk `update()` or `delete()` of a mapped class in a session.

    Args:
        state: the statement, as SQLAlchemy is about to run it.
        mapper: of the class that it names.
    """

    def __init__(self, state: ORMExecuteState, mapper: Mapper[Any]) -> None:
        self._state: Final = state
        self._session: Final[Session] = state.session
        self._mapper: Final = mapper
        self._columns: Final = tuple(shape_of(mapper).columns)
        self._identity: Final = [mapper.get_property_by_column(each).key for each in mapper.primary_key]
        self.kind: Final[Kind] = "modify" if state.is_update else "delete"
        self.values: Final = self._assigned()

    @property
    def is_known(self) -> bool:
        """Whether its rows can be found again afterwards: not by other keys, nor by a list of parameters."""
        return not isinstance(self._state.parameters, list) and not set(self.values) & set(self._identity)

    def keys(self) -> tuple[tuple[Any, ...], ...]:
        """Return the keys of the rows that it is about to change, locked for it where the database can do that."""
        return tuple(self._read_matching())

    def run(self, send_pre: Send, sender_of: Callable[[type[Any]], type[Any] | None], **options: Any) -> Any:
        """Announce each row, run the statement, and return its result and what it has done of each row."""
        before = self._read_matching()
        instances = self._load(before)
        for key, instance in instances.items():
            sender = sender_of(type(instance))
            changes = self._foreseen(before[key])
            if sender is not None and (changes or self.kind == "delete"):
                load_missing(self._session, inspect(instance))
                send_pre(self.kind, sender, instance, changes)
        result: sqlalchemy.Result[Any] = self._state.invoke_statement(execution_options=options)
        after = self._read(before)
        return result, [
            done for key, instance in instances.items() for done in self._done(key, instance, before, after)
        ]

    def refuse(self) -> None:
        """Say that it is not run.

        Raises:
            SilentChangeError: always.
        """
        what = "UPDATE" if self.kind == "modify" else "DELETE"
        msg = (
            f"not run: a bulk {what} of {self._mapper.class_.__name__}; change its objects one by one, "
            "or make TableSignals with bulk='rows' or bulk='signal'"
        )
        raise SilentChangeError(msg)

    def _assigned(self) -> Row:
        statement: Any = self._state.statement
        pairs = dict(getattr(statement, "_ordered_values", None) or getattr(statement, "_values", None) or {})
        assigned: Row = {}
        for column, value in pairs.items():
            own = self._mapper.selectable.c.get(column.key) if not isinstance(column, str) else None
            key = (
                self._mapper.get_property_by_column(own).key if own is not None else str(getattr(column, "key", column))
            )
            assigned[key] = value.value if isinstance(value, BindParameter) else value
        return assigned

    def _foreseen(self, before: Row) -> Changes:
        changes = Changes()
        for key, value in self.values.items():
            if key in before:
                add_change(self._mapper, changes, key, before[key], value)
        return changes

    def _read_matching(self) -> dict[tuple[Any, ...], Row]:
        statement: Any = self._state.statement
        criteria: tuple[ColumnElement[bool], ...] = statement._where_criteria  # noqa: SLF001
        # Always in one order: so receivers hear of them, and two that lock the same rows do not wait for each other.
        identity = [getattr(self._mapper.class_, key) for key in self._identity]
        matching = self._select().where(*criteria).order_by(*identity).with_for_update()
        return self._by_key(self._connection.execute(matching, self._parameters))

    def _read(self, keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Row]:
        found: dict[tuple[Any, ...], Row] = {}
        for criterion in self._criteria(list(keys)):
            found |= self._by_key(self._connection.execute(self._select().where(criterion)))
        return found

    def _load(self, keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Any]:
        wanted = list(keys)
        loaded: dict[tuple[Any, ...], Any] = {}
        with self._session.no_autoflush:
            for criterion in self._criteria(wanted):
                for instance in self._session.scalars(select(self._mapper.class_).where(criterion)):
                    state: InstanceState[Any] = inspect(instance)
                    if state.key is not None:
                        loaded[tuple(state.key[1])] = instance
        return {key: loaded[key] for key in wanted if key in loaded}

    def _done(
        self,
        key: tuple[Any, ...],
        instance: object,
        before: dict[tuple[Any, ...], Row],
        after: dict[tuple[Any, ...], Row],
    ) -> Iterable[Result]:
        state: InstanceState[Any] = inspect(instance)
        identity = state.key or state.identity_key
        if self.kind == "delete":
            if key not in after:
                yield Result("delete", state.mapper, instance, {}, identity, identity)
            return
        changes = Changes()
        for name, value in after.get(key, {}).items():
            add_change(self._mapper, changes, name, before[key][name], value)
        for name in changes:
            # Also where the statement was not to synchronize the session: receivers read what is stored.
            if name not in state.committed_state:
                set_committed_value(instance, name, after[key][name])
        if changes:
            yield Result("modify", state.mapper, instance, changes, identity, identity)

    def _select(self) -> Any:
        return select(*(getattr(self._mapper.class_, key) for key in (*self._identity, *self._columns)))

    def _by_key(self, rows: Iterable[Any]) -> dict[tuple[Any, ...], Row]:
        length = len(self._identity)
        return {tuple(row[:length]): dict(zip(self._columns, row[length:], strict=True)) for row in rows}

    def _criteria(self, keys: list[tuple[Any, ...]]) -> Iterable[ColumnElement[bool]]:
        identity = [getattr(self._mapper.class_, key) for key in self._identity]
        for start in range(0, len(keys), _ROWS_PER_SELECT):
            some = keys[start : start + _ROWS_PER_SELECT]
            yield or_(*(and_(*(a == b for a, b in zip(identity, key, strict=True))) for key in some))

    @property
    def _parameters(self) -> dict[str, Any]:
        parameters = self._state.parameters
        return dict(parameters) if isinstance(parameters, dict) else {}

    @property
    def _connection(self) -> Any:
        return self._session.connection(bind_arguments={"mapper": self._mapper})


Policy = Literal["rows", "signal", "refuse"]
