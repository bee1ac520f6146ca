"""Keeps in the portal's database which plugins are to be enabled, and what each process says of them."""

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portico.plugins import Desired, ProcessReport
from portico_portal.clock import Clock, utc_now
from portico_portal.database import Database, begin_writing
from portico_portal.models import PluginReport, PluginRevision, PluginSwitch

# A process without requests says nothing, so this is long; one of this machine that has ended is seen at once.
EXPIRES = timedelta(minutes=15)
THE_ROW = 1


class DatabaseStateStore:
    """A `portico.plugins.StateStore` that survives restarts and is shared by all processes of the portal."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def revision(self) -> int:
        """How many changes there were."""
        with self._database.session() as session:
            return session.scalar(select(PluginRevision.number).where(PluginRevision.id == THE_ROW)) or 0

    def load(self) -> Mapping[str, Desired]:
        """What is desired of each plugin that was ever switched, by name."""
        with self._database.session() as session:
            return {switch.name: _desired(switch) for switch in session.scalars(select(PluginSwitch))}

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        """Remember what `name` is to be, under the next revision."""
        with self._database.session() as session:
            revision = _next_revision(session)
            switch = PluginSwitch(
                name=name,
                enabled=enabled,
                quarantine=quarantine,
                probation=probation,
                revision=revision,
                changed_at=self._clock(),
            )
            session.merge(switch)
            session.commit()
            return _desired(switch)

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        """Replace everything that `process` has said before; what has expired goes too."""
        with self._database.session() as session:
            begin_writing(session)
            session.execute(
                delete(PluginReport).where(
                    (PluginReport.process == process) | (PluginReport.seen_at < self._clock() - EXPIRES)
                )
            )
            session.add_all(
                PluginReport(
                    process=process,
                    plugin=report.plugin,
                    state=report.state,
                    failure=report.failure,
                    failures=report.failures,
                    needs_restart=report.needs_restart,
                    requires=list(report.requires),
                    seen_at=self._clock(),
                )
                for report in reports
            )
            session.commit()

    def reports(self) -> Sequence[ProcessReport]:
        """What every process that still runs, as far as can be told, said last."""
        with self._database.session() as session:
            rows = session.scalars(select(PluginReport).where(PluginReport.seen_at >= self._clock() - EXPIRES)).all()
        return [_report(row) for row in rows if not _has_ended(row.process)]


def _next_revision(session: Session) -> int:
    # The first statement, and it writes: of two processes one waits for the other here, on any database.
    begin_writing(session)
    session.execute(update(PluginRevision).where(PluginRevision.id == THE_ROW).values(number=PluginRevision.number + 1))
    return session.scalars(select(PluginRevision.number).where(PluginRevision.id == THE_ROW)).one()


def _desired(switch: PluginSwitch) -> Desired:
    return Desired(switch.enabled, switch.quarantine, switch.probation, switch.revision)


def _report(row: PluginReport) -> ProcessReport:
    return ProcessReport(
        process=row.process,
        plugin=row.plugin,
        state=row.state,
        failure=row.failure,
        failures=row.failures,
        needs_restart=row.needs_restart,
        requires=tuple(row.requires),
        seen_at=row.seen_at,
    )


def _has_ended(process: str) -> bool:
    machine, _, pid = process.rpartition(":")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    with suppress(PermissionError):  # It runs, and belongs to somebody else.
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
    return False
