"""Keeps the plugins of this process at what the store asks for, and tells the store how it went.

The store holds the desired state under a revision number; a process looks at that number when it is asked to `check`,
which is at the start of a request.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import defaultdict
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

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
        self._checking: Final = Mutex()
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
        """Remember that this process itself has switched a plugin."""
        self._applied[name] = desired.revision
        self._next_report = 0.0

    @property
    def is_check_due(self) -> bool:
        """Whether it is time to follow the store."""
        return self._clock() >= self._next_check

    def check(self) -> None:
        """Follow the store, if it is time to; another thread that is at it is not waited for."""
        now = self._clock()
        if now < self._next_check or not self._checking.take_if_free():
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

    def carry_out(self, changed: Mapping[str, Desired]) -> None:
        """Make plugins here what is desired of them: off, quarantined, or on.

        Raises:
            UnknownPluginError: one of them is not installed.
        """
        refused = self._manager.disable_unneeded(name for name, desired in changed.items() if not desired.enabled)
        for name, error in refused.items():
            logger.error("could not follow another process: %s", error)
            # Tried again with the next change: that may be of the plugin that requires it.
            self._applied.pop(name, None)
        for name, desired in changed.items():
            if desired.quarantine is not None and self._manager.state(name) is not PluginState.QUARANTINED:
                self._manager.quarantine(name, desired.quarantine)
        on = {name: each for name, each in changed.items() if each.enabled and each.quarantine is None}
        self._manager.enable_all(on, probation=[name for name, each in on.items() if each.probation])

    def end(self) -> None:
        """Say nothing any more: what this process said before is withdrawn."""
        if self._reported is not None:
            self._reported = None
            try:
                self._store.report(process_name(), ())
            except Exception:
                logger.exception("the report of this process could not be withdrawn; it expires")

    def of(self, name: str) -> tuple[ProcessReport, ...]:
        """Return every process's word on one plugin, this one's first; one that does not know it needs a restart."""
        here = self._word(self._manager.get(name))
        others = {
            # Whatever else it has said: that of the plugin comes last, if there is any.
            each.process: each if each.plugin == name else _without(name, each)
            for each in sorted(self._store.reports(), key=lambda each: (each.process, each.plugin == name))
            if each.process != here.process
        }
        return (here, *others.values())

    def differing(self) -> frozenset[str]:
        """Return the plugins whose state is another one in another process."""
        here = {status.name: status.state for status in self._manager.list()}
        others: dict[str, dict[str, str]] = defaultdict(dict)
        for each in self._store.reports():
            others[each.process][each.plugin] = each.state
        others.pop(process_name(), None)
        return frozenset(
            name
            for name, state in here.items()
            for said in others.values()
            if said.get(name, PluginState.DISABLED) != state
        )

    # -- following ----------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        revision = self._store.revision()
        if revision == self._revision:
            return
        stored = self._store.load().items()
        changed = {name: desired for name, desired in stored if desired.revision != self._applied.get(name)}
        if any(desired.enabled and name not in self._manager for name, desired in changed.items()):
            self._manager.rescan()
        changed = {name: desired for name, desired in changed.items() if name in self._manager}
        # Before it is tried: what fails here is not tried again and again.
        self._applied |= {name: desired.revision for name, desired in changed.items()}
        self._revision = revision
        self._next_report = 0.0
        self.carry_out(changed)

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
            requires=status.requires,
            seen_at=datetime.now(UTC),
        )


def _without(name: str, word: ProcessReport) -> ProcessReport:
    """Return what a process that does not know a plugin would say of it, going by what it says of another one."""
    return ProcessReport(
        word.process, name, PluginState.DISABLED, None, 0, needs_restart=True, seen_at=word.seen_at, requires=()
    )


def process_name() -> str:
    """Return what this process is called: `machine:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"
