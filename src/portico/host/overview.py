"""Describes a plugin as it is seen from outside the processes of its application."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portico.plugins import Desired, PluginState, PluginStatus, ProcessReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIFFERS = "differs"
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PluginView:
    """What is installed, what is wanted, and what each process says."""

    name: str
    installed: PluginStatus | None
    """What its distribution says of it; None if there is none, though the plugin is wanted."""
    wanted: Desired
    wanted_by: str | None
    """`hand` or `configuration`; None if nobody ever asked for it."""
    processes: tuple[ProcessReport, ...]
    lacking: Mapping[str, datetime] = field(default_factory=dict)
    """The processes that do not know it, and when each was last heard of."""

    @property
    def wanted_state(self) -> str:
        """What it is to be: enabled, disabled or quarantined."""
        if self.wanted.quarantine is not None:
            return PluginState.QUARANTINED.value
        return (PluginState.ENABLED if self.wanted.enabled else PluginState.DISABLED).value

    @property
    def state(self) -> str:
        """What it is: what every process says, `differs` if they disagree; without any, what it will be.

        Where a process does not know it, it is as good as disabled.
        """
        if self.installed is None:
            return MISSING
        said = {report.state for report in self.processes}
        if self.lacking:
            said.add(PluginState.DISABLED.value)
        said = said or {self.wanted_state}
        return said.pop() if len(said) == 1 else DIFFERS

    @property
    def is_as_wanted(self) -> bool:
        """Whether there is nothing left to happen."""
        return self.state == self.wanted_state

    @property
    def failed(self) -> tuple[ProcessReport, ...]:
        """The processes in which it could not be enabled."""
        return tuple(report for report in self.processes if report.state == PluginState.FAILED)

    def needs(self, name: str) -> bool:
        """Whether it is enabled, is to stay so, and requires a plugin."""
        return self.wanted_state == PluginState.ENABLED and any(
            name in report.requires and report.state == PluginState.ENABLED for report in self.processes
        )

    @property
    def is_off(self) -> bool:
        """Whether it is disabled everywhere, and to stay so."""
        return self.wanted_state == PluginState.DISABLED and self.is_as_wanted

    @property
    def status(self) -> PluginStatus | None:
        """What its distribution says of it, with what the processes say; what is wanted where they disagree."""
        if self.installed is None:
            return None
        return replace(
            self.installed,
            state=PluginState(self.wanted_state if self.state == DIFFERS else self.state),
            failures=sum(report.failures for report in self.processes),
            requires=tuple(dict.fromkeys(name for report in self.processes for name in report.requires)),
            on_probation=self.wanted.probation,
            needs_restart=any(report.needs_restart for report in self.processes),
        )

    @property
    def states(self) -> str:
        """How many processes say what: `1 enabled, 2 failed`."""
        counted = Counter(report.state for report in self.processes)
        if self.lacking:
            counted["without it"] = len(self.lacking)
        return ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        facts = ("title", "version", "summary", "author", "url", "origin")
        return {
            "name": self.name,
            **{fact: getattr(self.installed, fact, None) for fact in facts},
            "state": self.state,
            "wanted": {
                "state": self.wanted_state,
                "by": self.wanted_by,
                "quarantine": self.wanted.quarantine,
                "on_probation": self.wanted.probation,
            },
            "processes": [_report_as_json(report) for report in self.processes],
            "processes_without_it": sorted(self.lacking),
        }


def views(
    installed: Sequence[PluginStatus],
    configured: Sequence[str],
    remembered: Mapping[str, Desired],
    reports: Sequence[ProcessReport],
) -> list[PluginView]:
    """Bring together what is known, in the order of the plugins' receivers; what is not installed comes last."""
    known = {status.name: status for status in installed}
    heard_of: dict[str, datetime] = {}
    for report in reports:
        heard_of[report.process] = max(report.seen_at, heard_of.get(report.process, report.seen_at))
    by_plugin: dict[str, dict[str, ProcessReport]] = defaultdict(dict)
    for report in reports:
        by_plugin[report.plugin][report.process] = report
    return [
        PluginView(
            name=name,
            installed=known.get(name),
            wanted=remembered.get(name, Desired(enabled=name in configured)),
            wanted_by="hand" if name in remembered else "configuration" if name in configured else None,
            processes=tuple(by_plugin[name][process] for process in sorted(by_plugin[name])),
            lacking={process: at for process, at in heard_of.items() if process not in by_plugin[name]},
        )
        for name in dict.fromkeys([*known, *configured, *remembered])
    ]


def _report_as_json(report: ProcessReport) -> dict[str, Any]:
    content = asdict(report)
    del content["plugin"]
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in content.items()}
