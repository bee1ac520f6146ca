"""Switches the plugins of an application from outside its processes, which follow at their next requests."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from portico.errors import ConfigurationError, HostError, PorticoError, StoreError, UnknownPluginError
from portico.host.overview import PluginView, views
from portico.host.stores import MemoryStateStore
from portico.plugins import Desired, PluginState, not_to_quarantine, still_required
from portico.signals import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from portico.plugins import PluginManager, StateStore

LOOK_SECONDS: Final = 0.1


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

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return self.view.as_json() | {
            "changed": self.changed,
            "settled": self.is_settled,
            "behind": list(self.behind),
            "to_restart": list(self.to_restart),
        }

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

    def __init__(self, manager: PluginManager, store: StateStore, configured: Sequence[str]) -> None:
        """Take what is known without running the application.

        Args:
            manager: knows what is installed; it is asked, and switches nothing.
            store: where the desired state is kept.
            configured: what is enabled unless somebody switched it.
        """
        self._manager: Final = manager
        self._store: Final = store
        self._configured: Final = configured

    @property
    def is_in_memory(self) -> bool:
        """Whether the store is the memory of one process: what others switched is not seen, and nobody follows."""
        return isinstance(self._store, MemoryStateStore)

    def all(self) -> list[PluginView]:
        """Return every plugin that is installed or wanted, in the order of their receivers.

        Raises:
            StoreError: the store cannot be read.
        """
        return [view for view in self._known() if view.installed or view.wanted.enabled]

    def get(self, name: str) -> PluginView:
        """Return one plugin.

        Raises:
            UnknownPluginError: none of that name is installed, or was ever switched; the message says which is meant.
            StoreError: the store cannot be read.
        """
        found = next((view for view in self._known() if view.name == name), None)
        if found is None:
            raise UnknownPluginError(self._manager.unknown(name))
        return found

    def enable(self, names: Sequence[str]) -> list[Switched]:
        """Want these plugins enabled; one that is quarantined is on probation then, one that failed is tried again.

        Raises:
            UnknownPluginError: one of them is not installed; nothing is changed then.
            HostError: the store is the memory of one process.
            StoreError: the store cannot be read or written.
        """

        def wish(view: PluginView) -> Desired | None:
            quarantined = PluginState.QUARANTINED in {view.wanted_state, *(each.state for each in view.processes)}
            if view.wanted_state == PluginState.ENABLED and view.is_as_wanted:
                return None
            return Desired(enabled=True, probation=quarantined or view.wanted.probation)

        for name in names:
            self._manager.get(name)
        return self._switch(names, wish)

    def disable(self, names: Sequence[str]) -> list[Switched]:
        """Want these plugins disabled, also those that are not installed any more.

        Raises:
            UnknownPluginError: one of them is neither installed nor was ever switched; nothing is changed then.
            PluginError: enabled plugins that are not among them require one; nothing is changed then.
            HostError: the store is the memory of one process.
            StoreError: the store cannot be read or written.
        """
        self.check_unneeded(names)
        return self._switch(names, lambda view: None if view.is_off else Desired(enabled=False))

    def check_unneeded(self, names: Sequence[str]) -> None:
        """Check that no plugin besides these requires one of them, as far as the processes have said.

        Raises:
            UnknownPluginError: one of them is neither installed nor was ever switched.
            PluginError: some do; the message names them.
        """
        for name in names:
            users = [view.name for view in self._known() if view.name not in names and view.needs(name)]
            if users and not self.get(name).is_off:
                raise still_required(name, users, advice=", or all together")

    def quarantine(self, name: str, cause: str) -> Switched:
        """Want a plugin suspended until a person enables it again.

        Raises:
            UnknownPluginError: it is not installed.
            PluginError: it is not to be enabled, so there is nothing to suspend.
            HostError: the store is the memory of one process.
            StoreError: the store cannot be read or written.
        """
        self.check_to_quarantine(name)
        return self._switch([name], lambda _: Desired(enabled=True, quarantine=one_line(cause)))[0]

    def check_to_quarantine(self, name: str) -> None:
        """Check that a plugin is one that can be quarantined.

        Raises:
            UnknownPluginError: it is not installed.
            PluginError: it is not to be enabled, so there is nothing to suspend.
        """
        self._manager.get(name)
        state = self.get(name).wanted_state
        if state != PluginState.ENABLED:
            raise not_to_quarantine(name, state)

    def wait(self, switched: Sequence[Switched], seconds: float) -> list[Switched]:
        """Look again until every process has done, or tried, what is wanted, for `seconds` at most."""
        deadline = time.monotonic() + seconds
        while True:
            now = [replace(each, view=self.get(each.view.name)) for each in switched]
            if all(each.is_settled for each in now) or time.monotonic() >= deadline:
                return now
            time.sleep(LOOK_SECONDS)

    def check_reach(self) -> None:
        """Check that what is switched here reaches the processes of the application.

        Raises:
            HostError: the store is the memory of one process.
        """
        if self.is_in_memory:
            msg = (
                "cannot switch plugins from outside: the application keeps their state in the memory of its process; "
                "give its host a store that processes share, Portico(state=...), or switch them inside"
            )
            raise HostError(msg)

    def _known(self) -> list[PluginView]:
        with _reaching("read"):
            remembered, reports = self._store.load(), self._store.reports()
        return views(self._manager.list(), self._configured, remembered, reports)

    def _switch(self, names: Sequence[str], wish: Callable[[PluginView], Desired | None]) -> list[Switched]:
        known = [self.get(name) for name in dict.fromkeys(names)]
        self.check_reach()
        wishes = [(view, wish(view)) for view in known]
        since = datetime.now(UTC)
        for view, desired in wishes:
            if desired is not None:
                with _reaching("written"):
                    self._store.save(
                        view.name, enabled=desired.enabled, quarantine=desired.quarantine, probation=desired.probation
                    )
        return [Switched(self.get(view.name), desired is not None, since) for view, desired in wishes]


@contextmanager
def _reaching(what: str) -> Iterator[None]:
    """Tell whatever a store raises as one kind of error."""
    try:
        yield
    except ConfigurationError as error:
        # What is refused has no cause. What cannot be opened has one: the driver's or the system's.
        if error.__cause__ is None:
            raise
        msg = f"the store of the plugins' state cannot be {what}: {error}"
        raise StoreError(msg) from error
    except PorticoError:
        raise
    except Exception as error:
        # SQLAlchemy's own text adds the statement and a link; what the driver says is enough.
        cause = getattr(error, "orig", None) or error
        said = one_line(str(cause))
        msg = f"the store of the plugins' state cannot be {what}: {type(cause).__name__}: {said}"
        raise StoreError(msg) from error
