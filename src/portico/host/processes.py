"""Keeps this process at what the store asks for, and tells the store how it went. No thread, no message between them.

The store holds the desired state under a revision number; a process looks at that number when it is asked to `check`,
which is at the start of a request.
"""

from __future__ import annotations

import logging
import os
import socket
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from portico.errors import PluginError
from portico.plugins import Desired, PluginManager, PluginState, PluginStatus, ProcessReport, StateStore
from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 0.5
REPORT_SECONDS: Final = 30


class Processes:
    """This process among those of one portal."""

    def __init__(self, manager: PluginManager, store: StateStore, clock: Callable[[], float] = monotonic) -> None:
        self._manager: Final = manager
        self._store: Final = store
        self._clock: Final = clock
        self._checking: Final = Mutex(reentrant=False)
        self._next_check = self._next_report = 0.0
        self._revision = 0
        self._applied: dict[str, int] = {}
        """The revision of each plugin's desired state that was carried out here, or tried."""
        self._reported: object = None
        self._unreachable = False

    def begin(self, revision: int, desired: Mapping[str, Desired]) -> None:
        """Start from what was carried out when the host opened."""
        self._revision = revision
        self._applied = {name: each.revision for name, each in desired.items()}
        self._reported = None
        self._next_check = self._next_report = 0.0

    def applied(self, name: str, desired: Desired) -> None:
        """Take down that this process itself has switched a plugin."""
        self._applied[name] = desired.revision
        self._next_report = 0.0

    def check(self) -> None:
        """Follow the store, if it is time to; another thread that is at it is not waited for."""
        now = self._clock()
        if now < self._next_check or not self._checking.acquire(blocking=False):
            return
        try:
            self._next_check = now + CHECK_SECONDS
            self._follow()
            self._report(now)
            self._unreachable = False
        except Exception:
            # Requests go on; said once, not twice a second.
            if not self._unreachable:
                logger.exception("the state of plugins could not be looked up; this process stays as it is")
            self._unreachable = True
        finally:
            self._checking.release()

    def end(self) -> None:
        """Say nothing any more: what this process said before is withdrawn."""
        if self._reported is not None:
            self._reported = None
            try:
                self._store.report(process_name(), ())
            except Exception:
                logger.exception("the report of this process could not be withdrawn; it expires")

    def of(self, name: str) -> tuple[ProcessReport, ...]:
        """Return every process's word on one plugin, this one's first."""
        here = self._word(self._manager.get(name))
        others = [each for each in self._store.reports() if each.plugin == name and each.process != here.process]
        return (here, *sorted(others, key=lambda each: each.process))

    def differing(self) -> frozenset[str]:
        """Return the plugins whose state is another one in another process."""
        here = process_name()
        return frozenset(
            each.plugin
            for each in self._store.reports()
            if each.process != here and each.plugin in self._manager and each.state != self._manager.state(each.plugin)
        )

    # -- following ----------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        revision = self._store.revision()
        if revision == self._revision:
            return
        changed = {
            name: desired
            for name, desired in self._store.load().items()
            if desired.revision != self._applied.get(name) and name in self._manager
        }
        # Before it is tried: what fails here is not tried again and again.
        self._applied |= {name: desired.revision for name, desired in changed.items()}
        self._revision = revision
        self._next_report = 0.0
        self._carry_out(changed)

    def _carry_out(self, changed: Mapping[str, Desired]) -> None:
        try:
            self._manager.disable_all(name for name, desired in changed.items() if not desired.enabled)
        except PluginError as error:
            logger.error("could not follow another process: %s", error)  # noqa: TRY400 - it says it all
        for name, desired in changed.items():
            if desired.quarantine is not None and self._manager.state(name) is not PluginState.QUARANTINED:
                self._manager.quarantine(name, desired.quarantine)
        on = {name: each for name, each in changed.items() if each.enabled and each.quarantine is None}
        self._manager.enable_all(on, probation=[name for name, each in on.items() if each.probation])

    # -- reporting ----------------------------------------------------------------------------------------------

    def _report(self, now: float) -> None:
        words = [self._word(status) for status in self._manager.list()]
        said = [(each.plugin, each.state, each.failure, each.needs_restart) for each in words]
        # A forked process has its parent's memory, and has said nothing itself.
        current = (process_name(), said)
        if current == self._reported and now < self._next_report:
            return
        self._store.report(process_name(), words)
        self._reported = current
        self._next_report = now + REPORT_SECONDS

    def _word(self, status: PluginStatus) -> ProcessReport:
        return ProcessReport(
            process=process_name(),
            plugin=status.name,
            state=status.state,
            failure=status.failure.error if status.failure else None,
            failures=status.failures,
            needs_restart=status.needs_restart,
            seen_at=datetime.now(UTC),
        )


def process_name() -> str:
    """Return what this process is called: `machine:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"
