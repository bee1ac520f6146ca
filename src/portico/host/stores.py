"""Keeps the desired state of plugins in memory, for a host that is given no other store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portico.plugins import Desired
from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portico.plugins import ProcessReport


class MemoryStateStore:
    """Remembers for as long as the process runs. Hosts of one process may share it, one after another."""

    def __init__(self) -> None:
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
        with self._lock:
            self._reports[process] = tuple(reports)

    def reports(self) -> Sequence[ProcessReport]:
        """Return what every process said last."""
        with self._lock:
            return [report for reports in self._reports.values() for report in reports]
