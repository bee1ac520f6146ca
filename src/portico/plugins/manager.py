"""Switches and watches the plugins of one host: the one door to everything that is known of them."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from importlib import invalidate_caches
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from portico.errors import PluginError, ReceiverError
from portico.plugins.contributions import Contributions
from portico.plugins.discovery import two_of_one_name
from portico.plugins.health import Health, Limits, Orphans, watch_slow
from portico.plugins.imports import ImportWatch
from portico.plugins.lifecycle import Lifecycle
from portico.plugins.managed import Managed, Roster
from portico.plugins.status import Failure, PluginState, PluginStatus, Stage
from portico.plugins.store import Desired
from portico.signals import Mutex, PayloadChange, ReceiverFailure, describe_receiver, guard_payloads, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from portico.plugins.contributions import Offer
    from portico.plugins.discovery import Candidate
    from portico.plugins.interfaces import Interface


T = TypeVar("T", bound="Interface")


class PluginManager:
    """Enables and disables plugins at run time. Safe to use from several threads; one change is made at a time."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        *,
        order: Sequence[str] = (),
        limits: Limits | None = None,
        find: Callable[[], Iterable[Candidate]] = tuple,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take the plugins that there are; none is imported yet.

        Args:
            candidates: every installed plugin.
            order: names, in the order in which their receivers are called; the others follow, sorted by name.
            limits: how much of a plugin is borne.
            find: returns every installed plugin, those that were installed since included.
            clock: seconds, of any zero.
        """
        self.limits: Final = limits or Limits()
        self._clock: Final = clock
        self._changing: Final = Mutex()
        self._imports: Final = ImportWatch()
        self._plugins: Final = Roster(candidates, order, self._manage)
        self._orphans: Final = Orphans()
        self.contributions: Final = Contributions(self._take_now, self._give_back)
        """What plugins can bring to the application besides receivers."""
        self._lifecycle: Final = Lifecycle(self._plugins, self._imports, self._orphans, self.contributions)
        self._find: Final = find
        self._unsaved: Final[dict[str, Desired]] = {}
        self._undo: ExitStack | None = None

    # -- watching -----------------------------------------------------------------------------------------------

    def implementing(self, interface: type[T]) -> list[T]:
        """Return the parts of enabled plugins that implement an interface, in the order of their receivers."""
        return [
            part
            for managed in self._plugins
            if managed.state is PluginState.ENABLED
            for part in managed.parts
            if interface.provided_by(part)
        ]

    def unheard_modules(self, name: str) -> list[str]:
        """Return the modules of a plugin that would connect receivers, and that nobody has imported."""
        return self._imports.unheard(name)

    def list(self) -> list[PluginStatus]:
        """Return every plugin, in the order of their receivers."""
        self._settle_if_free()
        return [managed.status(self._orphans, self.limits) for managed in self._plugins]

    def get(self, name: str) -> PluginStatus:
        """Return one plugin.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        managed = self._plugins.find(name)
        self._settle_if_free()
        return managed.status(self._orphans, self.limits)

    def instance(self, name: str) -> Any:
        """Return the plugin itself; the first, if its module made several.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it was not imported yet.
        """
        managed = self._plugins.find(name)
        if not managed.parts:
            msg = f"plugin {name!r} was not imported yet; enable it first"
            raise PluginError(msg).about(plugin=name)
        return managed.parts[0]

    def candidate(self, name: str) -> Candidate:
        """Return where a plugin comes from.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self._plugins.find(name).candidate

    def state(self, name: str) -> PluginState:
        """Return whether a plugin is at work.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self._plugins.find(name).state

    def actual(self, name: str) -> Desired:
        """Return what is the case for a plugin, as it would be desired; one that failed is off.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        managed = self._plugins.find(name)
        self._settle_if_free()
        is_on = managed.state in {PluginState.ENABLED, PluginState.QUARANTINED}
        return Desired(enabled=is_on, quarantine=managed.quarantine.cause if managed.quarantine else None)

    def leaked_by(self, name: str) -> tuple[str, ...]:
        """Return what is connected of a plugin that is not enabled: nothing, unless it went behind our back.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self._plugins.find(name).leaks(self._imports)

    def note(self, name: str, kind: str, text: str, *, about: str = "") -> None:
        """Note something that is no failure with a plugin; a name that nobody has is ignored.

        Args:
            name: the plugin, as in the `owner` of a subscription.
            kind: what is wrong, in one word.
            text: what happened, for a person to read; no payload values.
            about: what is the same each time it happens: those are one note, with a count.
        """
        managed = self._plugins.by_name.get(name)
        if managed is not None:
            managed.notebook.write(kind, text, about=about)

    def note_lasting(self, name: str, things: Sequence[str]) -> None:
        """Remember what a plugin put into the application that stays there while it is off.

        Args:
            name: the plugin.
            things: what it is, in words.
        """
        managed = self._plugins.find(name)
        managed.lasting = tuple(dict.fromkeys([*managed.lasting, *map(one_line, things)]))

    # -- changing -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin to watch imports and slow receivers. Enabling does it too."""
        with self._changing:
            if self._undo is None:
                self._undo = ExitStack()
                self._undo.callback(self._orphans.close)
                self._imports.open()
                self._undo.callback(self._imports.close)
                if self.limits.slow_seconds is not None:
                    slow = self.limits.slow_seconds
                    self._undo.callback(watch_slow(slow, self._note_slow))
                if self.limits.watch_payloads:
                    self._undo.callback(guard_payloads(self._note_change))

    def add(self, candidate: Candidate) -> None:
        """Take one more plugin, in its place in the order, else last; one of that name that is known is kept."""
        with self._changing:
            if candidate.name not in self._plugins:
                self._plugins.add(candidate)

    def consists_of(self, candidate: Candidate) -> bool:
        """Tell whether a plugin that is known is what a candidate of its name would load.

        Raises:
            UnknownPluginError: no plugin of that name is known.
            PluginError: another plugin has its name.
        """
        managed = self._plugins.find(candidate.name)
        known = managed.candidate
        if known.origin != candidate.origin:
            raise two_of_one_name(known, candidate)
        if known == candidate and not candidate.at_hand:
            return True
        loaded = candidate.load()
        parts = managed.parts or (known.load(),)
        return any(part is loaded or type(part) is loaded for part in parts)

    def replace(self, candidate: Candidate) -> None:
        """Let a plugin that is known consist of other instances from its next enabling on; it is off until then.

        Raises:
            UnknownPluginError: no plugin of that name is known.
            PluginError: enabled plugins require it.
        """
        with self._changing:
            managed = self._plugins.find(candidate.name)
            self.disable_all([candidate.name])
            managed.candidate, managed.parts = candidate, ()

    def rescan(self) -> None:
        """Look again for plugins: those that were installed since are taken."""
        invalidate_caches()
        for candidate in self._find():
            self.add(candidate)

    def enable(self, name: str, *, probation: bool = False) -> PluginStatus:
        """Enable a plugin as a whole; an enabled one is left as it is. One that is quarantined is on probation then.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it failed; everything it had connected is undone, and it is in the state *failed*.
        """
        managed = self._plugins.find(name)
        self.enable_all([name], probation=[name] if probation else [])
        self.check_enabled(name)
        return managed.status(self._orphans, self.limits)

    def check_enabled(self, name: str) -> None:
        """Check that a plugin that was to be enabled is, or is on the way.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it failed, or was switched off meanwhile; the message says how.
        """
        managed = self._plugins.find(name)
        if self._lifecycle.is_on_or_under_way(managed):
            return
        if managed.state is PluginState.FAILED and managed.failure:
            msg = f"cannot enable {name!r}: it failed at {managed.failure.stage}: {managed.failure.error}"
            stage = managed.failure.stage
        else:
            msg = f"cannot enable {name!r}: it was {managed.state} while it was being enabled, by its own code perhaps"
            stage = None
        raise PluginError(msg).about(plugin=name, stage=stage)

    def enable_all(self, names: Iterable[str], *, probation: Collection[str] = ()) -> None:
        """Enable plugins, each after those it requires: first all mappings, then every `bootstrap`.

        One that fails is undone, logged and left in the state *failed*; the others go on.

        Args:
            names: which ones, in any order.
            probation: those that are to be on probation, besides those that are quarantined now.

        Raises:
            UnknownPluginError: no such plugin is installed; none was enabled then.
        """
        with self._changing:
            self.open()
            self._lifecycle.enable_all(list(names), probation)
            self._carry_out()

    def disable(self, name: str) -> PluginStatus:
        """Cancel every subscription that the plugin owns, and nothing else. The plugin itself is not asked.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: enabled plugins require it.
        """
        self.disable_all([name])
        return self._plugins.find(name).status(self._orphans, self.limits)

    def disable_all(self, names: Iterable[str]) -> None:
        """Disable several plugins, each before those it requires; those that require each other may go together.

        Raises:
            UnknownPluginError: no such plugin is installed; none was disabled then.
            PluginError: enabled plugins that are not among them require one; none was disabled then.
        """
        with self._changing:
            for name in self._lifecycle.disable_all(list(names)):
                self._unsaved.pop(name, None)

    def disable_unneeded(self, names: Iterable[str]) -> dict[str, PluginError]:
        """Disable several plugins, but for those that enabled plugins require; return why not, for each of these.

        Raises:
            UnknownPluginError: no such plugin is installed; none was disabled then.
        """
        with self._changing:
            wanted = list(names)
            refused = self._lifecycle.needed(wanted)
            self.disable_all(name for name in wanted if name not in refused)
            return refused

    def check_unneeded(self, name: str) -> None:
        """Check that no enabled plugin requires this one.

        Raises:
            PluginError: some do; the message names them.
        """
        self._lifecycle.check_unneeded(name)

    def quarantine(self, name: str, cause: str) -> PluginStatus:
        """Suspend an enabled plugin until it is enabled by hand; of one that is not enabled, only remember it.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        managed = self._plugins.find(name)
        with self._changing:
            self._lifecycle.quarantine(managed, cause)
        return managed.status(self._orphans, self.limits)

    def close_own(self) -> None:
        """Undo what plugins have open since this process was forked: at its end, as its parent has the rest open."""
        with self._changing:
            for managed in reversed(list(self._plugins)):
                managed.scope.close_own()

    def close(self) -> None:
        """Disable every plugin, the last one first, and watch nothing any more."""
        with self._changing:
            self.disable_all(list(self._plugins.by_name))
            undo, self._undo = self._undo, None
            if undo is not None:
                undo.close()
            for managed in self._plugins:
                managed.lasting = ()

    # -- failures -----------------------------------------------------------------------------------------------

    def note_failure(self, failure: ReceiverFailure) -> None:
        """Record a receiver's failure with the plugin that owns it. Does nothing for receivers of nobody."""
        managed = self._plugins.by_name.get(failure.owner or "")
        if managed is None:
            return
        refused = isinstance(failure.error, ReceiverError) and not failure.subscription.connected
        stage = Stage.MAPPING if refused else Stage.RECEIVER
        receiver = describe_receiver(failure.receiver)
        told = Failure.of(stage, failure.error, signal=failure.signal.label, receiver=receiver)
        if refused:
            # The signal was declared after the plugin was enabled, and does not offer what the plugin asks for:
            # it fails as it would have failed had the declaration been there first.
            self.fail(managed.name, told)
        else:
            managed.fail(told)
            managed.health.failed(failure.signal, failure.receiver, told.error)

    def fail(self, name: str, failure: Failure) -> None:
        """Undo a plugin that turned out not to work, and leave it in the state *failed*."""
        managed = self._plugins.find(name)
        with self._changing:
            self._lifecycle.fail(managed, failure)

    def settle(self) -> None:
        """Carry out what failures have decided, outside of any dispatch; a change that is under way does it itself."""
        self._settle_if_free()

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to carry out, and nothing to be stored."""
        return not self._unsaved and not any(
            managed.health.has_decided for managed in self._plugins if managed.state is PluginState.ENABLED
        )

    def take_unsaved(self) -> dict[str, Desired]:
        """Return what changed by itself since this was last asked, by plugin, to be stored."""
        unsaved: dict[str, Desired] = {}
        while self._unsaved:  # Without the lock: each request asks, and a change may take long.
            with suppress(KeyError):
                name, desired = self._unsaved.popitem()
                unsaved[name] = desired
        return unsaved

    def tell_again(self, name: str) -> None:
        """Have the quarantine of a plugin stored once more, if it is quarantined.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        managed = self._plugins.find(name)
        if managed.state is PluginState.QUARANTINED and managed.quarantine:
            self.keep_unsaved(name, Desired(enabled=True, quarantine=managed.quarantine.cause))

    def keep_unsaved(self, name: str, desired: Desired) -> None:
        """Take back what could not be stored, unless it has changed meanwhile."""
        self._unsaved.setdefault(name, desired)

    # -- inside -------------------------------------------------------------------------------------------------

    def _manage(self, candidate: Candidate, rank: int) -> Managed:
        health = Health(candidate.name, self.limits, self._settle_if_free, self._clock)
        homes = self._imports.add(candidate.name, rank, candidate.module)
        return Managed(candidate, rank, health, homes)

    def _take_now(self, offer: Offer) -> None:
        with self._changing:
            self._lifecycle.take_now(offer)

    def _give_back(self, offer: Offer) -> None:
        with self._changing:
            self._lifecycle.give_back(offer)

    def _settle_if_free(self) -> None:
        # Called after a dispatch, in any thread: whoever changes something just now settles at its end.
        if self._changing.acquire(blocking=False):
            try:
                self._carry_out()
            finally:
                self._changing.release()

    def _carry_out(self) -> None:
        for managed in self._plugins:
            if managed.state is PluginState.ENABLED:
                if managed.health.verdict is not None:
                    self.quarantine(managed.name, managed.health.verdict)
                    cause = managed.quarantine.cause if managed.quarantine else ""
                    self._unsaved[managed.name] = Desired(enabled=True, quarantine=cause)
                elif managed.health.take_proved():
                    self._unsaved[managed.name] = Desired(enabled=True)

    def _note_slow(self, name: str, text: str, about: str) -> None:
        self.note(name, "slow", f"{text}; more than {self.limits.slow_seconds:g} s is slow", about=about)

    def _note_change(self, change: PayloadChange) -> None:
        self.note(change.owner or "", "payload", str(change), about=f"{change.signal.label} {change.field}")

    def unknown(self, name: str) -> str:
        """Return the message for a name that no installed plugin has."""
        return self._plugins.unknown(name)

    def __contains__(self, name: object) -> bool:
        return name in self._plugins
