"""Keeps the state of plugins in memory, for a host without another store, and tells which reports have expired."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from portico.plugins import Desired
from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from portico.plugins import ProcessReport

EXPIRES: Final = timedelta(minutes=15)
"""A process without requests says nothing, so this is long; one of this machine that has ended is seen at once."""


class MemoryStateStore:
    """Remembers for as long as the process runs. Hosts of one process may share it, one after another."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock: Final = clock
        self._desired: Final[dict[str, Desired]] = {}
        self._reports: Final[dict[str, tuple[ProcessReport, ...]]] = {}
        self._revision = 0
        self._lock: Final = Mutex()

    def revision(self) -> int:
        """Return the number of the latest change."""
        return self._revision

    def load(self) -> Mapping[str, Desired]:
        """Return what is desired of each plugin that was ever switched, by name."""
        with self._lock:
            return dict(self._desired)

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        """Remember what a plugin is to be, under a new revision."""
        with self._lock:
            self._revision += 1
            desired = self._desired[name] = Desired(enabled, quarantine, probation, self._revision)
            return desired

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        """Replace everything that a process has said before."""
        now = self._clock()
        with self._lock:
            self._reports[process] = tuple(replace(report, process=process, seen_at=now) for report in reports)

    def reports(self) -> Sequence[ProcessReport]:
        """Return what every process that still runs, as far as can be told, said last."""
        with self._lock:
            said = [report for reports in self._reports.values() for report in reports]
        return not_expired(said, self._clock())


def not_expired(reports: Iterable[ProcessReport], now: datetime) -> list[ProcessReport]:
    """Return the reports of processes that still run, as far as can be told."""
    return [report for report in reports if report.seen_at >= now - EXPIRES and not has_ended(report.process)]


def has_ended(process: str) -> bool:
    """Tell whether a process of this machine, `machine:pid`, has ended; of another machine nobody knows."""
    machine, _, pid = process.rpartition(":")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    with suppress(PermissionError, OverflowError):  # It runs, and belongs to somebody else; or the number is none.
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
    return False
