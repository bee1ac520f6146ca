"""Switches the plugins of an application from outside its processes, which follow at their next requests."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

from portico import Portico
from portico.cli.plugins.view import PluginView, views
from portico.errors import ConfigurationError, UnknownPluginError
from portico.plugins import Desired, PluginState, StateStore, not_to_quarantine, still_required

LOOK_SECONDS = 0.1
GROUP = "portico.applications"
"""The entry points by which an application offers its plugins to the command line: `(data) -> ContextManager`."""


@dataclass(frozen=True, slots=True)
class Switched:
    """What came of switching one plugin."""

    view: PluginView
    changed: bool
    since: datetime

    @property
    def failed(self) -> bool:
        """Whether it could not be enabled in a process that tried."""
        return any(report.seen_at > self.since for report in self.view.failed) if self.changed else False

    @property
    def is_settled(self) -> bool:
        """Whether every process has done, or tried, what is wanted."""
        return not self.behind

    @property
    def behind(self) -> tuple[str, ...]:
        """The processes that have not followed yet."""
        there = [
            report.process
            for report in self.view.processes
            if report.state != self.view.wanted_state
            and not (report.state == PluginState.FAILED and report.seen_at > self.since)
        ]
        return (*there, *(process for process in self._lacking if process not in self.to_restart))

    @property
    def to_restart(self) -> tuple[str, ...]:
        """The processes that have followed, and did not find the plugin."""
        return tuple(process for process, seen_at in self._lacking.items() if seen_at > self.since)

    @property
    def _lacking(self) -> Mapping[str, datetime]:
        return self.view.lacking if self.view.wanted_state == PluginState.ENABLED else {}


class ApplicationPlugins:
    """The plugins of one application: what is installed, what its store wants, what its processes say."""

    def __init__(self, host: Portico, store: StateStore | None, configured: Sequence[str], *, advice: str) -> None:
        """Take what is known without running the application.

        Args:
            host: its host, which is never opened: it finds out what is installed, and imports none of it.
            store: where the desired state is kept; None where that cannot be read or written yet.
            configured: what is enabled unless somebody switched it.
            advice: what to do where there is no store.
        """
        self._host = host
        self._store = store
        self._configured = configured
        self._advice = advice

    def all(self) -> list[PluginView]:
        """Every plugin that is installed or wanted, in the order of their receivers."""
        return [view for view in self._known() if view.installed or view.wanted.enabled]

    def get(self, name: str) -> PluginView:
        """One plugin.

        Raises:
            UnknownPluginError: none of that name is installed, or was ever switched; the message says which is meant.
        """
        found = next((view for view in self._known() if view.name == name), None)
        return found or self._refuse(name)

    def enable(self, names: Sequence[str]) -> list[Switched]:
        """Want these plugins enabled; one that is quarantined is on probation then, one that failed is tried again.

        Raises:
            UnknownPluginError: one of them is not installed; nothing is changed then.
            ConfigurationError: there is no store yet.
        """

        def wish(view: PluginView) -> Desired | None:
            quarantined = PluginState.QUARANTINED in {view.wanted_state, *(each.state for each in view.processes)}
            if view.wanted_state == PluginState.ENABLED and view.is_as_wanted:
                return None
            return Desired(enabled=True, probation=quarantined or view.wanted.probation)

        self._check_installed(names)
        return self._switch(names, wish)

    def disable(self, names: Sequence[str]) -> list[Switched]:
        """Want these plugins disabled, also those that are not installed any more.

        Raises:
            UnknownPluginError: one of them is neither installed nor was ever switched; nothing is changed then.
            PluginError: enabled plugins that are not among them require one; nothing is changed then.
            ConfigurationError: there is no store yet.
        """
        self.check_unneeded(names)
        return self._switch(names, lambda view: None if is_off(view) else Desired(enabled=False))

    def check_unneeded(self, names: Sequence[str]) -> None:
        """Check that no plugin besides these requires one of them, as far as the processes have said.

        Raises:
            UnknownPluginError: one of them is neither installed nor was ever switched.
            PluginError: some do; the message names them.
        """
        for name in names:
            users = [view.name for view in self._known() if view.name not in names and view.needs(name)]
            if users and not is_off(self.get(name)):
                raise still_required(name, users, advice=", or all together")

    def quarantine(self, name: str, cause: str) -> Switched:
        """Want a plugin suspended until a person enables it again.

        Raises:
            UnknownPluginError: it is not installed.
            PluginError: it is not to be enabled, so there is nothing to suspend.
            ConfigurationError: there is no store yet.
        """

        def wish(view: PluginView) -> Desired:
            if view.wanted_state != PluginState.ENABLED:
                raise not_to_quarantine(name, view.wanted_state)
            return Desired(enabled=True, quarantine=cause)

        self._check_installed([name])
        return self._switch([name], wish)[0]

    def wait(self, switched: Sequence[Switched], seconds: float) -> list[Switched]:
        """Look until every process has done, or tried, what is wanted, for `seconds` at most."""
        deadline = time.monotonic() + seconds
        while True:
            now = [replace(each, view=self.get(each.view.name)) for each in switched]
            if all(each.is_settled for each in now) or time.monotonic() >= deadline:
                return now
            time.sleep(LOOK_SECONDS)

    def _known(self) -> list[PluginView]:
        remembered: Mapping[str, Desired] = self._store.load() if self._store else {}
        reports = self._store.reports() if self._store else ()
        return views(self._host.plugins.list(), self._configured, remembered, reports)

    def _switch(self, names: Sequence[str], wish: Callable[[PluginView], Desired | None]) -> list[Switched]:
        known = [self.get(name) for name in dict.fromkeys(names)]
        if self._store is None:
            raise ConfigurationError(self._advice)
        wishes = [(view, wish(view)) for view in known]
        since = datetime.now(UTC)
        for view, desired in wishes:
            if desired is not None:
                self._store.save(
                    view.name, enabled=desired.enabled, quarantine=desired.quarantine, probation=desired.probation
                )
        return [Switched(self.get(view.name), desired is not None, since) for view, desired in wishes]

    def _check_installed(self, names: Sequence[str]) -> None:
        for name in names:
            self._host.plugins.get(name)

    def _refuse(self, name: str) -> PluginView:
        raise UnknownPluginError(self._host.manager.unknown(name))


def is_off(view: PluginView) -> bool:
    """Whether a plugin is disabled everywhere, and to stay so."""
    return view.wanted_state == PluginState.DISABLED and view.is_as_wanted


def application_plugins(data: Path | None) -> AbstractContextManager[ApplicationPlugins]:
    """Return the plugins of the installed application.

    Args:
        data: where it keeps its data, instead of where its settings say.

    Raises:
        ConfigurationError: none is installed, or it cannot be used.
    """
    offered = sorted(entry_points(group=GROUP), key=lambda each: each.name)
    if not offered:
        raise ConfigurationError(
            "no installed application offers its plugins to this command; `portico plugins new` needs none"
        )
    opened: AbstractContextManager[ApplicationPlugins] = offered[0].load()(data)
    return opened
