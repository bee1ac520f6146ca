"""Enables, disables and quarantines plugins, each as a whole. One at a time: the manager sees to that."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from portico.errors import PluginError, PorticoError
from portico.plugins.dependencies import in_order
from portico.plugins.enabling import StepFailed, bootstrap, connect, load, missing, step
from portico.plugins.observers import tell_observers
from portico.plugins.status import Failure, PluginState, Quarantine, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from portico.plugins.imports import ImportWatch
    from portico.plugins.managed import Managed
    from portico.plugins.names import Orphans
    from portico.plugins.roster import Roster

logger = logging.getLogger("portico.plugins.manager")


class Switching:
    """Changes the states of plugins."""

    def __init__(self, roster: Roster, imports: ImportWatch, orphans: Orphans) -> None:
        self._roster: Final = roster
        self._imports: Final = imports
        self._orphans: Final = orphans

    def enable_all(self, names: Iterable[str], probation: Collection[str]) -> None:
        """Enable plugins, each after those it requires: first all mappings, then every `bootstrap`."""
        wanted = {self._roster.find(name) for name in names}
        off = [managed for managed in self._roster if managed in wanted and managed.state is not PluginState.ENABLED]
        suspended = [managed for managed in off if managed.suspended]
        try:
            self._enable(off, probation)
        except BaseException:
            # No failure of a plugin: Ctrl-C, say. Whatever is not enabled by now is as it was.
            for managed in off:
                if managed.state is not PluginState.ENABLED:
                    (managed.suspend if managed in suspended else managed.undo)()
            raise

    def _enable(self, off: Sequence[Managed], probation: Collection[str]) -> None:
        loaded = {managed.name: managed for managed in off if self._attempt(managed, load)}
        self._imports.sweep()
        # What is suspended is resumed, and none of its own code runs.
        fresh = {managed for managed in off if not managed.suspended}
        there = self._roster.enabled
        connected: list[Managed] = []
        for managed in (loaded[name] for name in in_order(list(loaded), self._roster.requires)):
            managed.guard.start(probation=managed.name in probation or managed.state is PluginState.QUARANTINED)
            if self._attempt(managed, lambda each: self._connect(each, there, connected)):
                connected.append(managed)
                there.add(managed.name)
        for managed in connected:
            if self._attempt(managed, self._bootstrap if managed in fresh else self._check_still_there):
                self._enabled(managed)

    def disable_all(self, names: Iterable[str]) -> Collection[str]:
        """Disable several plugins, each before those it requires; return their names.

        Raises:
            UnknownPluginError: no such plugin is installed; none was disabled then.
            PluginError: enabled plugins that are not among them require one; none was disabled then.
        """
        wanted = {managed.name: managed for managed in map(self._roster.find, names)}
        for name in wanted:
            self.check_unneeded(name, besides=wanted)
        for name in reversed(in_order(list(self._roster.by_name), self._roster.requires)):
            if name in wanted:
                self._disable(wanted[name])
        return wanted

    def check_unneeded(self, name: str, *, besides: Collection[str] = ()) -> None:
        """Check that no enabled plugin requires this one.

        Raises:
            PluginError: some do; the message names them.
        """
        if self._roster.find(name).state not in {PluginState.ENABLED, PluginState.QUARANTINED}:
            return
        users = [
            managed.name
            for managed in self._roster
            if managed.state is PluginState.ENABLED and name in managed.requires and managed.name not in besides
        ]
        if users:
            they = "requires it; disable that first" if len(users) == 1 else "require it; disable those first"
            msg = f"cannot disable {name!r}: {', '.join(map(repr, users))} {they}"
            raise PluginError(msg).about(plugin=name)

    def quarantine(self, managed: Managed, cause: str) -> None:
        """Suspend an enabled plugin; of one that is not enabled, only remember it."""
        if managed.state is PluginState.ENABLED:
            self._imports.sweep()
            managed.suspend()
        managed.state = PluginState.QUARANTINED
        managed.quarantine = Quarantine(datetime.now(UTC), cause)
        logger.warning("quarantined plugin %s: it %s", managed.name, cause)

    def fail(self, managed: Managed, failure: Failure) -> None:
        """Undo a plugin that turned out not to work, and leave it in the state *failed*."""
        managed.fail(failure)
        managed.undo()
        managed.state, managed.quarantine = PluginState.FAILED, None

    # -- steps --------------------------------------------------------------------------------------------------

    def _attempt(self, managed: Managed, act: Callable[[Managed], None]) -> bool:
        try:
            act(managed)
        except StepFailed as failed:
            if isinstance(failed.error, PorticoError):
                failed.error.about(plugin=managed.name, stage=failed.stage)
            self.fail(managed, Failure.of(failed.stage, failed.error))
            logger.error(  # noqa: TRY400 - the traceback of the plugin, not of the wrapper
                "plugin %s failed at %s and was not enabled; the others go on",
                managed.name,
                failed.stage,
                exc_info=failed.error,
            )
            return False
        return True

    def _connect(self, managed: Managed, there: set[str], connected: Collection[Managed]) -> None:
        self._check_requirements(managed, there)
        if managed.suspended:
            with step(Stage.ACTIONS):
                managed.take()
            with step(Stage.MAPPING):
                managed.resume()
            return
        tell_observers("before_load", managed, self._roster, also=connected)
        connect(managed)

    def _bootstrap(self, managed: Managed) -> None:
        self._check_still_there(managed)
        bootstrap(managed)

    def _check_still_there(self, managed: Managed) -> None:
        # What it requires may have failed in its own `bootstrap`.
        self._check_requirements(managed, self._roster.enabled)

    def _check_requirements(self, managed: Managed, there: set[str]) -> None:
        problem = missing(managed, there, self._roster.by_name)
        if problem is not None:
            raise StepFailed(Stage.REQUIREMENTS, problem)

    def _enabled(self, managed: Managed) -> None:
        managed.state, managed.quarantine = PluginState.ENABLED, None
        managed.guard.watch(managed.signals)
        self._orphans.watch(managed.signals)
        logger.info("enabled plugin %s", managed.name)
        tell_observers("after_load", managed, self._roster)

    def _disable(self, managed: Managed) -> None:
        was_enabled = managed.state is PluginState.ENABLED
        if was_enabled:
            tell_observers("before_unload", managed, self._roster)
            self._imports.sweep()
        managed.undo()
        managed.state, managed.quarantine = PluginState.DISABLED, None
        if was_enabled:
            logger.info("disabled plugin %s", managed.name)
            tell_observers("after_unload", managed, self._roster)
