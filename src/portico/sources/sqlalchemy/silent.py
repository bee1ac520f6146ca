"""Reports statements that change a signalled table without any signal, wherever in the process they come from."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakSet

from sqlalchemy import Table, inspect

from portico.errors import SilentChangeError, SilentChangeWarning
from portico.sources.sqlalchemy.changes import shape_of
from portico.sources.sqlalchemy.statements import written_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.engine import ExecutionContext
    from sqlalchemy.orm import Mapper, Session

    from portico.sources.sqlalchemy.statements import Write

WARN: Final = "warn"
RAISE: Final = "raise"
IGNORE: Final = "ignore"
SILENT: Final = (WARN, RAISE, IGNORE)

TOLD: Final = "portico_told"
"""The execution option of statements whose changes are told of in another way: by whom."""

_SESSIONS: Final = "portico_sessions"
_LIBRARIES: Final = ("sqlalchemy", "portico.sources.sqlalchemy")


class SilentChanges:
    """Looks at every statement for one `TableSignals`.

    Args:
        classes: the mapped classes.
        policy: `"warn"`, `"raise"` or `"ignore"`.
        is_flushing: tells whether a session is in a flush that was announced.
    """

    def __init__(
        self,
        classes: tuple[type[Any], ...],
        policy: Literal["warn", "raise", "ignore"],
        is_flushing: Callable[[Session], bool],
    ) -> None:
        self.policy: Final = policy
        self._classes: Final = classes
        self._is_flushing: Final = is_flushing
        self._known: tuple[int, dict[str, str], frozenset[str], list[Any]] | None = None

    def began(self, session: Session, _: object, connection: Connection) -> None:
        """Note that a session uses a connection."""
        vars(connection).setdefault(_SESSIONS, WeakSet()).add(session)

    def look(
        self,
        connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext | None,
        _executemany: bool,  # noqa: FBT001 - as SQLAlchemy calls it
    ) -> None:
        """Report a statement that is about to be run if it writes a signalled table and is not told of otherwise.

        Raises:
            SilentChangeError: it does, and the policy is to raise.
        """
        writes = written_tables(statement)
        if not writes:
            return
        names, memberships, caches = self._tables()
        found = {write for write in writes if write.table in names}
        if not found:
            return
        options = context.execution_options if context is not None else {}
        if self in options.get(TOLD, ()):
            return
        if any(self._is_flushing(session) for session in list(vars(connection).get(_SESSIONS, ()))):
            # A flush runs its statements with a cache of the mapper's; a listener's own statements have none.
            cache = options.get("compiled_cache")
            if any(cache is each for each in caches) or all(write.table in memberships for write in found):
                return
        self._report(min(found), names)

    def _tables(self) -> tuple[dict[str, str], frozenset[str], list[Any]]:
        """Return the tables of the classes by their names in lower case, those of memberships, and mappers' caches."""
        mappers = {each for cls in self._classes for each in _mapper(cls).self_and_descendants}
        known = self._known
        # Subclasses may be mapped later.
        if known is None or known[0] != len(mappers):
            tables = [each for mapper in mappers for each in mapper.tables if isinstance(each, Table)]
            secondary = [
                each.secondary
                for mapper in mappers
                for each in shape_of(mapper).memberships
                if isinstance(each.secondary, Table)
            ]
            known = self._known = (
                len(mappers),
                {each.name.lower(): each.name for each in (*tables, *secondary)},
                frozenset(each.name.lower() for each in secondary),
                [mapper.base_mapper._compiled_cache for mapper in mappers],  # noqa: SLF001 - what a flush passes
            )
        return known[1:]

    def _report(self, write: Write, names: dict[str, str]) -> None:
        told = (
            f"{write.verb} changes {names[write.table]} and no signal tells of it; "
            "change its rows through the objects of a session that TableSignals hears"
        )
        if self.policy == RAISE:
            msg = f"not run: {told}"
            raise SilentChangeError(msg)
        warnings.warn(told, SilentChangeWarning, stacklevel=_level_of_caller())


def _mapper(cls: type[Any]) -> Mapper[Any]:
    mapper: Mapper[Any] = inspect(cls)
    return mapper


def _level_of_caller() -> int:
    """Return the `stacklevel` of who had the statement run, as seen by the caller of this."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - as `warnings` does
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_LIBRARIES):
        level, frame = level + 1, frame.f_back
    return level
