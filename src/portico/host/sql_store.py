"""Keeps the state of plugins in a database: SQLite, PostgreSQL or MariaDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from portico.errors import MissingExtraError, PluginError
from portico.host.stores import EXPIRES, has_ended
from portico.plugins import Desired, ProcessReport

try:
    from sqlalchemy import URL, Connection, Engine, Row, delete, func, insert, select, update
except ImportError as error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from error

from portico.tables import (
    NAME_LENGTH,
    TABLES,
    UtcDateTime,
    engine_of,
    plugin_report,
    plugin_revision,
    plugin_state,
    reading,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class SQLStateStore:
    """A store that survives restarts and is shared by every process, on any machine, that uses the database.

    Its tables are made by `portico db upgrade`. Everything it does is a transaction of its own.

    Args:
        database: the application's engine, or a URL. An engine that is made of a URL is closed by `close`.

    Raises:
        ConfigurationError: the URL cannot be understood, is for asynchronous use, or is none of an SQLite file,
            PostgreSQL, MariaDB or MySQL. From any method: the database cannot be opened, or has not the tables of this
            version.
        MissingExtraError: the driver is not installed.
        TypeError: it is neither an engine nor a URL.
    """

    def __init__(self, database: Engine | URL | str) -> None:
        self._engine: Final = engine_of(database)
        self._is_ours: Final = self._engine is not database
        self._is_checked = False

    def revision(self) -> int:
        """Return the number of the latest change."""
        self._check()
        with reading(self._engine) as connection:
            return connection.scalar(select(plugin_revision.c.number)) or 0

    def load(self) -> Mapping[str, Desired]:
        """Return what is desired of each plugin that was ever switched, by name."""
        self._check()
        columns = (plugin_state.c[name] for name in ("name", "enabled", "quarantine", "probation", "revision"))
        with reading(self._engine) as connection:
            return {name: Desired(*desired) for name, *desired in connection.execute(select(*columns))}

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        """Remember what a plugin is to be, under a new revision.

        Raises:
            PluginError: its name is longer than 200 characters.
        """
        if len(name) > NAME_LENGTH:
            msg = f"cannot store the state of plugin {name!r}: its name is longer than {NAME_LENGTH} characters"
            raise PluginError(msg)
        self._check()
        with writing(self._engine) as connection:
            revision = _next_revision(connection)
            desired = Desired(enabled, quarantine, probation, revision)
            values = {
                "enabled": enabled,
                "quarantine": quarantine,
                "probation": probation,
                "revision": revision,
                "changed_at": _now(connection),
            }
            changed = connection.execute(update(plugin_state).where(plugin_state.c.name == name).values(values))
            if not changed.rowcount:
                connection.execute(insert(plugin_state).values(name=name, **values))
        return desired

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        """Replace everything that a process has said before; what has expired goes too."""
        self._check()
        with writing(self._engine) as connection:
            # All that write wait here for one another: two that delete the same rows could wait for each other.
            connection.execute(select(plugin_revision.c.number).with_for_update())
            now = _now(connection)
            said_before, has_expired = plugin_report.c.process == process, plugin_report.c.seen_at < now - EXPIRES
            connection.execute(delete(plugin_report).where(said_before | has_expired))
            # One whose name is too long can never have been switched.
            rows = [_row(process, report, now) for report in reports if len(report.plugin) <= NAME_LENGTH]
            if rows:
                connection.execute(insert(plugin_report), rows)

    def reports(self) -> Sequence[ProcessReport]:
        """Return what every process that still runs, as far as can be told, said last.

        Its age is taken by the clock of the database, and `seen_at` is that long ago on the clock of this machine.
        """
        self._check()
        with reading(self._engine) as connection:
            now = _now(connection)
            ahead = datetime.now(UTC) - now
            rows = connection.execute(select(plugin_report).where(plugin_report.c.seen_at >= now - EXPIRES)).all()
        return [_report(row, row.seen_at + ahead) for row in rows if not has_ended(row.process)]

    def close(self) -> None:
        """Close the connections of an engine that was made of a URL. The store can be used again afterwards."""
        if self._is_ours:
            self._engine.dispose()

    def __repr__(self) -> str:
        return f"SQLStateStore({self._engine.url.render_as_string(hide_password=True)!r})"

    def _check(self) -> None:
        # Once: tables that were right stay so while this runs, or their upgrade was somebody's decision.
        if not self._is_checked:
            TABLES.check(self._engine)
            self._is_checked = True


def _next_revision(connection: Connection) -> int:
    # The first statement, and it writes: of two processes one waits for the other here, on any database.
    connection.execute(update(plugin_revision).values(number=plugin_revision.c.number + 1))
    number: int = connection.scalars(select(plugin_revision.c.number)).one()
    return number


def _now(connection: Connection) -> datetime:
    """Return the time of the clock that all processes of a database share: its own, or the one of its machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    clock = func.clock_timestamp(type_=UtcDateTime)
    if connection.dialect.name != "postgresql":
        clock = func.utc_timestamp(6, type_=UtcDateTime)
    return connection.scalars(select(clock)).one()


def _row(process: str, report: ProcessReport, now: datetime) -> dict[str, Any]:
    return {
        "process": process,
        "plugin": report.plugin,
        "state": report.state,
        "failure": report.failure,
        "failures": report.failures,
        "needs_restart": report.needs_restart,
        "requires": list(report.requires),
        "seen_at": now,
    }


def _report(row: Row[Any], seen_at: datetime) -> ProcessReport:
    return ProcessReport(
        process=row.process,
        plugin=row.plugin,
        state=row.state,
        failure=row.failure,
        failures=row.failures,
        needs_restart=row.needs_restart,
        requires=tuple(row.requires),
        seen_at=seen_at,
    )
