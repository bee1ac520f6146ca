"""Holds what is known of each plugin, what it has connected, and its place among the others."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from portico.errors import UnknownPluginError
from portico.plugins.discovery import first_line
from portico.plugins.health import near_misses, nearest
from portico.plugins.scope import PluginScope
from portico.plugins.status import (
    Failure,
    Introduction,
    Notebook,
    PluginState,
    PluginStatus,
    Quarantine,
    Stage,
    SubscriptionStatus,
)
from portico.signals import Ownership, describe_receiver, log_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from portico.plugins.discovery import Candidate
    from portico.plugins.health import Health, Limits, Orphans
    from portico.plugins.imports import Home, ImportWatch
    from portico.signals import AnySignal, Subscription

logger = logging.getLogger("portico.plugins.manager")


class AtImport:
    """What modules connected when they were imported: suspended and resumed, and never undone, for it runs once."""

    def __init__(self, candidate: Candidate, rank: int, homes: Sequence[Home]) -> None:
        self._name: Final = candidate.name
        self._homes: Final = homes
        """Where the plugin's own modules are."""
        self.elsewhere: Final = Ownership(candidate.name, rank=rank)
        """What modules that are no plugin's connected while it was imported."""

    @property
    def subscriptions(self) -> Iterator[Subscription]:
        """All of them, suspended and cancelled ones included."""
        yield from self.elsewhere.subscriptions
        for home in self._homes:
            if home.is_used_by(self._name):
                yield from home.subscriptions

    def resume(self) -> None:
        """Connect them.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        self.elsewhere.resume()
        for home in self._homes:
            home.use(self._name)

    def suspend(self) -> None:
        """Suspend them, but for those that another plugin uses too."""
        for home in self._homes:
            home.leave(self._name)
        self.elsewhere.suspend()


class Managed:
    """One plugin, whatever its state."""

    def __init__(self, candidate: Candidate, rank: int, health: Health, homes: Sequence[Home]) -> None:
        self.candidate = candidate
        self.name: Final = candidate.name
        self.rank: Final = rank
        self.state = PluginState.DISABLED
        self.parts: tuple[Any, ...] = ()
        """Its instances: one, or those that its module made when it was imported. Empty until it is imported."""
        self.requires: tuple[str, ...] = ()
        self.introduction = Introduction()
        self.lasting: tuple[str, ...] = ()
        """What of it stays in the application while it is off, in words."""
        self.at_import: Final = AtImport(candidate, rank, homes)
        self.scope: Final = PluginScope(candidate.name, rank=rank, listener=self)
        """What it brought since it was last enabled."""
        self.health: Final = health
        self.notebook: Final = Notebook()
        if candidate.problem:
            self.notebook.write("unusable", candidate.problem)
        self.quarantine: Quarantine | None = None
        self.failure: Failure | None = None
        self.failures = 0

    # -- what it brought ----------------------------------------------------------------------------------------

    @property
    def owned(self) -> list[Subscription]:
        """Its subscriptions, suspended and cancelled ones included."""
        return [*self.at_import.subscriptions, *self.scope.subscriptions]

    @property
    def signals(self) -> list[AnySignal]:
        """What it is connected to, each signal once."""
        return list(dict.fromkeys(each.signal for each in self.owned if each.connected))

    @property
    def suspended(self) -> bool:
        """Whether what it brought is there and suspended, so that it need only be resumed."""
        return self.scope.suspended

    def suspend(self) -> None:
        """Keep everything, and let nothing of it be called."""
        self.health.stop()
        self.scope.suspend()
        self.at_import.suspend()

    def undo(self) -> None:
        """Undo everything that it brought."""
        self.health.stop()
        self.scope.close()
        self.at_import.suspend()

    # -- what went wrong ----------------------------------------------------------------------------------------

    def fail(self, failure: Failure) -> None:
        """Remember a failure, and count it."""
        self.failure = failure
        self.failures += 1

    def receiver_failed(self, signal: str, receiver: str, error: BaseException) -> None:
        """Count a failure at a signal of another library."""
        failure = Failure.of(Stage.RECEIVER, error, signal=signal, receiver=receiver)
        self.fail(failure)
        self.health.failed_elsewhere(failure.error)

    def undoing_failed(self, what: str, error: BaseException) -> None:
        """Note that it failed on its way out."""
        failure = Failure.of(Stage.TEARDOWN, error)
        self.fail(failure)
        self.notebook.write("teardown", f"{what} failed: {failure.error}", about=what)
        log_failure(logger, "plugin %s failed in %s; the rest was undone", self.name, what, error=error)

    def leaks(self, imports: ImportWatch) -> tuple[str, ...]:
        """Return what is connected of it while it is not enabled, in words: nothing, unless it went behind our back."""
        if self.state is PluginState.ENABLED:
            return ()
        leaked = [(each.receiver, each.signal.label) for each in imports.leaked_by(self.name, self.owned)]
        leaked += [(each.receiver, repr(each.signal)) for each in self.scope.connections if each.connected]
        return tuple(f"{describe_receiver(receiver)} at {signal}" for receiver, signal in leaked)

    # -- what is said of it -------------------------------------------------------------------------------------

    def status(self, orphans: Orphans, limits: Limits) -> PluginStatus:
        """Return what there is to say, now."""
        said, candidate = self.introduction, self.candidate
        subscriptions = self._subscriptions(orphans)
        many = len(subscriptions) > limits.subscriptions
        self.notebook.replace(
            "subscriptions",
            f"it holds {len(subscriptions)} subscriptions; more than {limits.subscriptions} are unusual"
            if many
            else None,
        )
        return PluginStatus(
            name=self.name,
            state=self.state,
            version=said.version or candidate.version,
            summary=(first_line(type(self.parts[0])) if self.parts else None) or candidate.summary,
            author=said.author or candidate.author,
            url=said.url or candidate.url,
            origin=candidate.origin,
            subscriptions=subscriptions,
            failure=self.failure,
            failures=self.failures,
            title=said.title,
            about=said.about,
            requires=self.requires,
            quarantine=self.quarantine,
            on_probation=self.health.on_probation,
            needs_restart=self.needs_restart,
            notes=self.notebook.notes,
            lasting=self.lasting,
        )

    @property
    def needs_restart(self) -> bool:
        """Whether it has pages that are no part of the application yet."""
        return self.state is PluginState.ENABLED and self.scope.waits_for_restart

    def _subscriptions(self, orphans: Orphans) -> tuple[SubscriptionStatus, ...]:
        found = [SubscriptionStatus.of(each, orphaned=each.signal in orphans) for each in self.owned if each.connected]
        meant = near_misses(each.signal for each in found if each.orphaned)
        if meant:
            found = [replace(each, did_you_mean=meant.get(each.signal)) if each.orphaned else each for each in found]
        foreign = [SubscriptionStatus.of_foreign(each) for each in self.scope.connections if each.connected]
        return (*found, *foreign)


class Roster:
    """The plugins of one manager."""

    def __init__(
        self, candidates: Iterable[Candidate], order: Sequence[str], make: Callable[[Candidate, int], Managed]
    ) -> None:
        """Take plugins.

        Args:
            candidates: all of them.
            order: names, in the order of their receivers; the others follow, sorted by name.
            make: puts a plugin under management, given its rank.
        """
        known = {candidate.name: candidate for candidate in candidates}
        # A place is kept for those that are not installed yet.
        self._places: Final = {name: place for place, name in enumerate(dict.fromkeys(order), start=1)}
        self._make: Final = make
        self.by_name: Final[dict[str, Managed]] = {}
        self._in_order: list[Managed] = []
        for name in sorted(known):
            self.add(known[name])

    def add(self, candidate: Candidate) -> None:
        """Take one more plugin, whose receivers come in the given order or last."""
        # Ranks are given once, so that a plugin that was off and on again is back in its old place.
        rank = self._places.setdefault(candidate.name, len(self._places) + 1)
        managed = self.by_name[candidate.name] = self._make(candidate, rank)
        # Replaced whole: another thread may be going through it.
        self._in_order = sorted((*self._in_order, managed), key=lambda each: each.rank)

    def find(self, name: str) -> Managed:
        """Return a plugin.

        Raises:
            UnknownPluginError: there is none of that name; the message has the nearest.
        """
        managed = self.by_name.get(name)
        if managed is None:
            raise UnknownPluginError(self.unknown(name)).about(plugin=name)
        return managed

    def unknown(self, name: str) -> str:
        """Return the message for a name that no installed plugin has."""
        close = nearest(name, self.by_name)
        hint = (
            f"did you mean {close!r}?"
            if close
            else f"installed are: {', '.join(managed.name for managed in self) or 'none'}"
        )
        return f"no plugin is called {name!r}; {hint}"

    def requires(self, name: str) -> tuple[str, ...]:
        """Return what a plugin requires, as far as that is known; nothing for one that is not installed."""
        managed = self.by_name.get(name)
        return managed.requires if managed else ()

    @property
    def enabled(self) -> set[str]:
        """The names of those at work."""
        return {managed.name for managed in self if managed.state is PluginState.ENABLED}

    def __iter__(self) -> Iterator[Managed]:
        return iter(self._in_order)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name
