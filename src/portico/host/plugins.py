"""Switches plugins for a person: what is switched is remembered. The console and the command line share it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from portico.errors import PluginError
from portico.host.look import is_looking, refuse_while_looking
from portico.host.outside import ApplicationPlugins
from portico.host.processes import Processes
from portico.host.stores import MemoryStateStore
from portico.plugins import (
    Candidate,
    Desired,
    Plugin,
    PluginManager,
    PluginState,
    PluginStatus,
    ProcessReport,
    StateStore,
    candidate_from_class,
    not_to_quarantine,
)
from portico.signals import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portico.plugins import Interface

T = TypeVar("T", bound="Interface")

logger = logging.getLogger(__name__)


class PluginService:
    """Lists, enables, disables and quarantines the plugins of one host."""

    def __init__(self, manager: PluginManager, store: StateStore, configured: Iterable[str] = ()) -> None:
        """Take what does the switching, where it is remembered, and what is to be enabled if nothing else is."""
        self.manager: Final = manager
        """What does the switching, and remembers nothing: for whoever loads plugins in another way."""
        self._store: Final = store
        self._processes: Final = Processes(manager, store)
        self._unstored: Final[set[str]] = set()
        """The plugins whose state could not be stored after a request, and is tried again."""
        self._configured: Final = list(configured)
        self.from_outside: Final = ApplicationPlugins(manager, store, self._configured)
        """The same plugins, as they are seen and switched outside the processes of the application."""
        self._wanted: tuple[str, ...] = ()
        """What was to be enabled when the host opened."""
        self._is_open = False

    def implementing(self, interface: type[T]) -> list[T]:
        """Return the parts of enabled plugins that implement an interface, in the order of their receivers."""
        return self.manager.implementing(interface)

    def problems(self) -> list[str]:
        """Return in words what is wrong with plugins that are to be at work; empty if all is well.

        Those that failed, names that no installed plugin has, subscriptions to signals that nobody declares, and
        modules with receivers that nobody imports.
        """
        unknown = [self.manager.unknown(name) for name in self._wanted if name not in self.manager]
        return [*unknown, *(problem for status in self.manager.list() for problem in self._problems_of(status))]

    def _problems_of(self, status: PluginStatus) -> Iterator[str]:
        if status.state is PluginState.FAILED and status.failure:
            yield f"plugin {status.name!r} failed at {status.failure.stage}: {status.failure.error}"
        if status.state is not PluginState.ENABLED:
            return
        for each in status.subscriptions:
            if each.orphaned:
                hint = f"; did you mean {each.did_you_mean}?" if each.did_you_mean else ""
                yield f"plugin {status.name!r} listens for {each.signal}, which nobody declares{hint}"
        for module in self.manager.unheard_modules(status.name):
            yield (
                f"plugin {status.name!r} has receivers in {module}, which nobody imports; "
                "import it in the plugin's own module"
            )

    def list(self) -> list[PluginStatus]:
        """Return every installed plugin, in the order of their receivers.

        Under `looking`, their states are those that the processes of the application report; where none does, or they
        disagree, those that are wanted.
        """
        if self._is_looked_at:
            return [view.status for view in self.from_outside.all() if view.status]
        return self.manager.list()

    def get(self, name: str) -> PluginStatus:
        """Return one plugin, as `list` does.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        if self._is_looked_at:
            return self.from_outside.get(name).status or self.manager.get(name)
        return self.manager.get(name)

    def instance(self, name: str) -> Any:
        """Return the plugin itself.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it was not imported yet.
        """
        return self.manager.instance(name)

    def processes(self, name: str) -> tuple[ProcessReport, ...]:
        """Return what each process of the application says of a plugin; this one's word is of now.

        Under `looking`, this process has nothing to say.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        self.manager.state(name)
        here, *others = self._processes.of(name)
        return tuple(others) if self._is_looked_at else (here, *others)

    def differing(self) -> frozenset[str]:
        """Return the names of the plugins whose state is not the same in every process."""
        return self._processes.differing()

    @property
    def survives_restart(self) -> bool:
        """Whether what is switched is remembered when the application starts again: not by a store in memory."""
        return not isinstance(self._store, MemoryStateStore)

    def leaked_by(self, name: str) -> tuple[str, ...]:
        """Return what is still connected of a plugin that is off; see `use_plugin`.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self.manager.leaked_by(name)

    def enable(self, name: str) -> PluginStatus:
        """Enable a plugin and remember it. One that was quarantined is on probation: its next failure is one too many.

        One that was installed since the start is found.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it failed, and nothing of it is connected; or the choice could not be stored, and the plugin
                is as it was.
            HostError: this process is only `looking`.
        """
        self._check_may("enable", name)
        if name not in self.manager:
            self.manager.rescan()
        before = self.manager.actual(name)
        status = self.manager.enable(name)
        try:
            self._save(name, Desired(enabled=True, probation=status.on_probation))
        except PluginError:
            self._processes.carry_out({name: before})
            raise
        # Its receivers may have failed too often meanwhile, and that may be stored already: as older than this.
        self.manager.tell_again(name)
        return status

    def disable(self, name: str) -> PluginStatus:
        """Disable a plugin and remember it.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: enabled plugins require it; or the choice could not be stored, and the plugin is as it was.
            HostError: this process is only `looking`.
        """
        self._check_may("disable", name)
        self.manager.check_unneeded(name)
        self._save(name, Desired(enabled=False))
        return self.manager.disable(name)

    def quarantine(self, name: str, cause: str = "was quarantined by hand") -> PluginStatus:
        """Suspend an enabled plugin until somebody enables it again, and remember it.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it is not enabled; or the choice could not be stored, and the plugin is as it was.
            HostError: this process is only `looking`.
        """
        self._check_may("quarantine", name)
        state = self.manager.get(name).state
        if state is not PluginState.ENABLED:
            raise not_to_quarantine(name, state)
        cause = one_line(cause)
        self._save(name, Desired(enabled=True, quarantine=cause))
        return self.manager.quarantine(name, cause)

    def add(self, plugin: type[Plugin] | Plugin | Candidate) -> PluginStatus:
        """Take a plugin that something else has loaded: it is enabled unless it was switched off by hand.

        On a host that is not open, it is enabled when that opens. Another instance of a plugin that is known takes the
        place of the one that is there.

        Args:
            plugin: a plugin class, an instance of one, or what `portico.plugins.discover` has found.

        Raises:
            PluginError: it is no plugin, or another plugin has its name. One that fails is left in the state *failed*.
        """
        candidate = plugin if isinstance(plugin, Candidate) else candidate_from_class(plugin)
        name = candidate.name
        if name not in self.manager:
            self.manager.add(candidate)
        elif not self.manager.consists_of(candidate):
            self.manager.replace(candidate)
        if name not in self._configured:
            self._configured.append(name)
        if self._is_open:
            self._processes.carry_out({name: self._store.load().get(name, Desired(enabled=True))})
        return self.manager.get(name)

    def remove(self, name: str) -> PluginStatus:
        """Let a plugin go that something else unloads: it is disabled in this process, and nothing is remembered.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: enabled plugins require it.
        """
        status = self.manager.disable(name)
        if name in self._configured:
            self._configured.remove(name)
        return status

    def open(self) -> None:
        """Enable what the configuration and the remembered choices ask for; the latter win.

        Names that no installed plugin has are reported in the log, and nothing else happens to them.
        """
        self.manager.open()
        revision = self._store.revision()
        remembered = dict(self._store.load())
        self._processes.begin(revision, remembered)
        desired = {name: Desired(enabled=True) for name in self._configured} | remembered
        self._is_open = True
        self._wanted = tuple(name for name, each in desired.items() if each.enabled)
        self._processes.carry_out({name: each for name, each in desired.items() if self._is_installed(name, each)})

    def check(self) -> None:
        """Follow what other processes switched, and report how plugins do here. For the start of each request.

        Looks at most twice a second, and never raises.
        """
        if not self._is_looked_at:
            self._processes.check()

    @property
    def is_check_due(self) -> bool:
        """Whether `check` would look now: for whoever must not wait for a store."""
        return self._processes.is_check_due

    @property
    def is_settled(self) -> bool:
        """Whether `settle` would find nothing to do: for whoever must not wait for a store."""
        return self.manager.is_settled

    def settle(self) -> None:
        """Quarantine what has failed too often and remember it. For moments in which nobody writes: never raises."""
        self.manager.settle()
        for name, desired in self.manager.take_unsaved().items():
            try:
                self._save(name, desired, is_said=name in self._unstored)
                self._unstored.discard(name)
            except PluginError:
                # Tried again after the next request, and so on: said once.
                self._unstored.add(name)
                self.manager.keep_unsaved(name, desired)

    def close(self) -> None:
        """Remember what is yet to be remembered."""
        self.settle()
        self._is_open = False
        self._processes.end()

    @property
    def _is_looked_at(self) -> bool:
        """Whether this process only looks; plugins that were at work before stay so."""
        return is_looking() and not self._is_open

    def _check_may(self, verb: str, name: str) -> None:
        if not self._is_open:
            refuse_while_looking(f"{verb} {name!r}")

    def _is_installed(self, name: str, desired: Desired) -> bool:
        if name not in self.manager and desired.enabled:
            logger.error("left out a plugin, the others go on: %s", self.manager.unknown(name))
        return name in self.manager

    def _save(self, name: str, desired: Desired, *, is_said: bool = False) -> None:
        try:
            saved = self._store.save(
                name, enabled=desired.enabled, quarantine=desired.quarantine, probation=desired.probation
            )
        except Exception as error:
            if not is_said:
                logger.exception("the state of plugin %s could not be stored", name)
            raise _not_stored(name, desired) from error
        self._processes.applied(name, saved)


def _not_stored(name: str, desired: Desired) -> PluginError:
    state = "quarantined" if desired.quarantine is not None else "enabled" if desired.enabled else "disabled"
    return PluginError(f"plugin {name!r} was not {state}: the choice could not be stored; see the log, and try again")
