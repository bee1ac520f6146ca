"""Enables, disables and quarantines plugins, each as a whole, and undoes everything when a step fails."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from portico.errors import PluginError, PorticoError
from portico.plugins.interfaces import IPluginBootstrap, IPluginObserver, ISignal
from portico.plugins.plugin import check_interfaces, parts_of, required_by, undeclared_interfaces
from portico.plugins.requirements import in_order, missing, still_required
from portico.plugins.status import Failure, PluginState, Quarantine, Stage, introduction
from portico.plugins.subscriptions import read_mapping
from portico.signals import is_failure, log_failure, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from portico.plugins.contributions import Contributions, Offer
    from portico.plugins.health import Orphans
    from portico.plugins.imports import ImportWatch
    from portico.plugins.managed import Managed, Roster
    from portico.plugins.scope import PluginScope

logger = logging.getLogger("portico.plugins.manager")


class Lifecycle:
    """Changes the states of plugins, one change at a time: the manager sees to that."""

    def __init__(self, roster: Roster, imports: ImportWatch, orphans: Orphans, contributions: Contributions) -> None:
        self._roster: Final = roster
        self._imports: Final = imports
        self._orphans: Final = orphans
        self._contributions: Final = contributions
        self._under_way: Final[set[Managed]] = set()
        """Those that are being enabled. Switched off meanwhile, by their own code perhaps, they are so no more."""

    def enable_all(self, names: Iterable[str], probation: Collection[str]) -> None:
        """Enable plugins, each after those it requires: first all mappings, then every `bootstrap`."""
        wanted = {self._roster.find(name) for name in names}
        off = [managed for managed in self._roster if managed in wanted and not self.is_on_or_under_way(managed)]
        suspended = [managed for managed in off if managed.suspended]
        self._under_way.update(off)
        try:
            self._enable_these(off, probation)
        except BaseException:
            # No failure of a plugin: Ctrl-C, say. Whatever is not enabled by now is as it was.
            for managed in off:
                if managed.state is not PluginState.ENABLED:
                    (managed.suspend if managed in suspended else managed.undo)()
            raise
        finally:
            self._under_way.difference_update(off)

    def _enable_these(self, off: Sequence[Managed], probation: Collection[str]) -> None:
        loaded = {managed.name: managed for managed in off if self._attempt(managed, load)}
        self._imports.sweep()
        # What is suspended is resumed: of its own code only what had to be undone runs anew.
        fresh = {managed for managed in off if not managed.suspended}
        there = self._roster.enabled
        connected: list[Managed] = []
        for managed in (loaded[name] for name in in_order(list(loaded), self._roster.requires)):
            managed.health.start(probation=managed.name in probation or managed.state is PluginState.QUARANTINED)
            if self._attempt(managed, lambda each: self._connect(each, there, connected)):
                connected.append(managed)
                there.add(managed.name)
        for managed in connected:
            if self._attempt(managed, lambda each: self._bootstrap(each, fresh)):
                self._enabled(managed)

    def is_on_or_under_way(self, managed: Managed) -> bool:
        """Tell whether a plugin is enabled, or is just being enabled."""
        return managed.state is PluginState.ENABLED or managed in self._under_way

    def disable_all(self, names: Iterable[str]) -> Collection[str]:
        """Disable several plugins, each before those it requires; return their names.

        Raises:
            UnknownPluginError: no such plugin is installed; none was disabled then.
            PluginError: enabled plugins that are not among them require one; none was disabled then.
        """
        wanted = {managed.name: managed for managed in map(self._roster.find, names)}
        for name in wanted:
            self.check_unneeded(name, besides=wanted)
        for name in reversed(in_order([managed.name for managed in self._roster], self._roster.requires)):
            if name in wanted:
                self._disable(wanted[name])
        return wanted

    def needed(self, names: Iterable[str]) -> dict[str, PluginError]:
        """Return those of several plugins that could not be disabled, were the others disabled together, and why."""
        wanted = dict.fromkeys(names)
        needed: dict[str, PluginError] = {}
        while True:
            for name in wanted:
                try:
                    self.check_unneeded(name, besides=wanted)
                except PluginError as error:
                    needed[name] = error
            if not needed.keys() & wanted.keys():
                return needed
            # What stays may itself require another one of them.
            wanted = {name: None for name in wanted if name not in needed}

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
            raise still_required(name, users).about(plugin=name)

    def quarantine(self, managed: Managed, cause: str) -> None:
        """Suspend an enabled plugin; of one that is not enabled, only remember it."""
        if managed.state is PluginState.ENABLED:
            self._imports.sweep()
            managed.suspend()
        elif managed in self._under_way:
            self._under_way.discard(managed)
            managed.undo()
        managed.state = PluginState.QUARANTINED
        managed.quarantine = Quarantine(datetime.now(UTC), one_line(cause))
        logger.warning("quarantined plugin %s: it %s", managed.name, managed.quarantine.cause)

    def fail(self, managed: Managed, failure: Failure) -> None:
        """Undo a plugin that turned out not to work, and leave it in the state *failed*."""
        self._under_way.discard(managed)
        managed.fail(failure)
        managed.undo()
        managed.state, managed.quarantine = PluginState.FAILED, None

    def take_now(self, offer: Offer) -> None:
        """Take what the enabled plugins bring for an extension point that is offered only now, in their order."""
        for managed in self._roster:
            if managed.state is PluginState.ENABLED:
                try:
                    contribute(managed, offer, self._contributions)
                except StepFailed as failed:
                    self._failed(managed, failed)

    def give_back(self, offer: Offer) -> None:
        """Undo what plugins brought for an extension point that is offered no longer, the last plugin first."""
        for managed in reversed(list(self._roster)):
            managed.scope.give_back(offer)

    # -- steps --------------------------------------------------------------------------------------------------

    def _attempt(self, managed: Managed, act: Callable[[Managed], None]) -> bool:
        if managed not in self._under_way:
            return False
        try:
            act(managed)
        except StepFailed as failed:
            self._failed(managed, failed)
            return False
        if managed not in self._under_way and managed.state is not PluginState.ENABLED:
            managed.undo()  # Its own code had it switched off, perhaps, and went on connecting.
            managed.notebook.write("switched", f"it was {managed.state} while it was being enabled")
        return managed in self._under_way

    def _failed(self, managed: Managed, failed: StepFailed) -> None:
        if isinstance(failed.error, PorticoError):
            failed.error.about(plugin=managed.name, stage=failed.stage)
        self.fail(managed, Failure.of(failed.stage, failed.error))
        message = "plugin %s failed at %s and is not enabled; the others go on"
        log_failure(logger, message, managed.name, failed.stage, error=failed.error)

    def _connect(self, managed: Managed, there: set[str], connected: Collection[Managed]) -> None:
        self._check_requirements(managed, there)
        if managed.suspended:
            with step(Stage.MAPPING):
                managed.at_import.resume()
                managed.scope.resume()
            for offer in self._contributions:
                if not managed.scope.has(offer):  # It was offered meanwhile.
                    contribute(managed, offer, self._contributions)
            return
        tell_observers("before_load", managed, self._roster, also=connected)
        connect(managed, self._contributions)

    def _bootstrap(self, managed: Managed, fresh: Collection[Managed]) -> None:
        # What it requires may have failed in its own `bootstrap`.
        self._check_requirements(managed, self._roster.enabled)
        if managed in fresh:
            bootstrap(managed, self._contributions)
        else:
            managed.scope.resume_late()

    def _check_requirements(self, managed: Managed, there: set[str]) -> None:
        problem = missing(managed, there, self._roster.by_name)
        if problem is not None:
            raise StepFailed(Stage.REQUIREMENTS, problem)

    def _enabled(self, managed: Managed) -> None:
        self._under_way.discard(managed)
        managed.state, managed.quarantine = PluginState.ENABLED, None
        signals = managed.signals
        managed.health.watch(signals)
        self._orphans.watch(signals)
        logger.info("enabled plugin %s", managed.name)
        tell_observers("after_load", managed, self._roster)

    def _disable(self, managed: Managed) -> None:
        was_enabled = managed.state is PluginState.ENABLED
        self._under_way.discard(managed)
        if was_enabled:
            tell_observers("before_unload", managed, self._roster)
            self._imports.sweep()
        managed.undo()
        managed.state, managed.quarantine = PluginState.DISABLED, None
        if was_enabled:
            logger.info("disabled plugin %s", managed.name)
            tell_observers("after_unload", managed, self._roster)


def not_to_quarantine(name: str, state: str) -> PluginError:
    """Return what is to be said to whoever would quarantine a plugin that is not at work."""
    return PluginError(f"cannot quarantine {name!r}: it is {state}; only an enabled plugin can be quarantined")


# -- the steps of enabling one plugin ---------------------------------------------------------------------------------


class StepFailed(Exception):  # noqa: N818 - carries the real error across the undoing, and is never seen outside
    """A step failed, with the plugin's own error."""

    def __init__(self, stage: str, error: BaseException) -> None:
        super().__init__(stage, error)
        self.stage = stage
        self.error = error


@contextmanager
def step(stage: str) -> Iterator[None]:
    """Tell what fails in the block as a failure of this stage.

    Raises:
        StepFailed: something did. `sys.exit()` in a plugin, too, ends the plugin's enabling and not the portal.
    """
    try:
        yield
    except StepFailed:
        raise  # Told by a step inside.
    except BaseException as error:
        if not is_failure(error):
            raise
        raise StepFailed(stage, error) from error


def load(managed: Managed) -> None:
    """Import the plugin and make its instances, once and for all; read what it says of itself."""
    if not managed.parts:
        with step(Stage.IMPORT):
            try:
                with managed.at_import.elsewhere:
                    loaded = managed.candidate.load()
            except BaseException:
                _forget_unfinished_imports(managed)
                raise
            with managed.scope:
                parts = parts_of(loaded)
            managed.requires = required_by(parts)
            managed.parts = parts
            for part in parts:
                for text in undeclared_interfaces(part):
                    managed.notebook.write("interface", text, about=text)


def connect(managed: Managed, contributions: Contributions) -> None:
    """Connect what was connected at import, take what it brings to the application, and connect the mappings."""
    with step(Stage.MAPPING):
        managed.at_import.resume()
        for part in managed.parts:
            check_interfaces(part)
    with managed.scope:
        _read_introduction(managed)
    for offer in contributions:
        contribute(managed, offer, contributions)
    with step(Stage.MAPPING):
        managed.scope.bring(lambda scope: _connect_mappings(managed, scope, contributions))


def contribute(managed: Managed, offer: Offer, contributions: Contributions) -> None:
    """Take what a plugin brings for an extension point; it is taken anew whenever the plugin was suspended."""
    # Declared with `implements`, a part need not be an instance of the interface.
    for part in managed.parts:
        if offer.interface.provided_by(part):

            def take(scope: PluginScope, part: Any = part) -> None:
                with step(offer.stage), contributions.around(scope):
                    offer.take(part, scope)

            managed.scope.bring(take, anew=True, source=offer)


def bootstrap(managed: Managed, contributions: Contributions) -> None:
    """Run the plugin's own code; what it connects belongs to it."""
    for part in managed.parts:
        if IPluginBootstrap.provided_by(part):

            def begin(scope: PluginScope, part: Any = part) -> None:
                with step(Stage.BOOTSTRAP):
                    scope.bootstrap(part.bootstrap, contributions.around)

            managed.scope.bring(begin)


def _connect_mappings(managed: Managed, scope: PluginScope, contributions: Contributions) -> None:
    mappings = [cast("ISignal", part) for part in managed.parts if ISignal.provided_by(part)]
    with contributions.around(scope):
        asked = [part.get_signal_subscriptions() for part in mappings]
    for wanted in [entry for mapping in asked for entry in read_mapping(mapping)]:
        wanted.connect(scope)


def _read_introduction(managed: Managed) -> None:
    try:
        managed.introduction = introduction(managed.parts)
    except BaseException as error:
        if not is_failure(error):
            raise
        # Only a listing lacks something.
        managed.notebook.write("listing", f"its IAppRegister failed: {type(error).__name__}: {error}")


def _forget_unfinished_imports(managed: Managed) -> None:
    # A module that raised will be imported again, and connect again; one that was finished will not.
    owned = managed.at_import.elsewhere
    owned.suspend()
    for subscription in list(owned.subscriptions):
        if subscription.module not in sys.modules:
            subscription.cancel()
            owned.subscriptions.remove(subscription)


def tell_observers(moment: str, about: Managed, plugins: Iterable[Managed], *, also: Collection[Managed] = ()) -> None:
    """Call a method of `IPluginObserver` on every other enabled plugin that is one, in order.

    Args:
        moment: the method.
        about: whom it is about.
        plugins: all of them.
        also: those that are as good as enabled.
    """
    for managed in plugins:
        if managed is about or not (managed.state is PluginState.ENABLED or managed in also):
            continue
        for part in managed.parts:
            if IPluginObserver.provided_by(part):
                try:
                    with managed.scope:
                        getattr(part, moment)(about.parts[0])
                except BaseException as error:
                    if not is_failure(error):
                        raise
                    managed.fail(Failure.of(Stage.OBSERVER, error))
                    log_failure(
                        logger, "plugin %s failed in %s of plugin %s", managed.name, moment, about.name, error=error
                    )
