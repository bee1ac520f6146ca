"""One plugin under management: what is known of it, and what it has connected. Says nothing about when."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from portico.plugins.discovery import first_line
from portico.plugins.listing import Introduction
from portico.plugins.names import near_misses
from portico.plugins.notes import Notebook
from portico.plugins.other_libraries import ForeignPort
from portico.plugins.status import Failure, PluginState, PluginStatus, Quarantine, Stage, SubscriptionStatus
from portico.signals import Ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portico.plugins.discovery import Candidate
    from portico.plugins.health import Guard
    from portico.plugins.imports import Home
    from portico.plugins.limits import Limits
    from portico.plugins.names import Orphans
    from portico.signals import Signal, Subscription


class Taker(Protocol):
    """Takes from a plugin what it brings besides subscriptions."""

    def __call__(self, plugin: object, /, *, owner: str, rank: int) -> Callable[[], None]:
        """Take it, all or nothing, and return what undoes that."""


class Managed:
    """One plugin, whatever its state."""

    def __init__(
        self,
        candidate: Candidate,
        rank: int,
        guard: Guard,
        takers: Sequence[Taker] = (),
    ) -> None:
        self.candidate: Final = candidate
        self.name: Final = candidate.name
        self.rank: Final = rank
        self.state = PluginState.DISABLED
        self.parts: tuple[Any, ...] = ()
        """Its instances: one, or those that its module made when it was imported. Empty until it is imported."""
        self.requires: tuple[str, ...] = ()
        self.introduction = Introduction()
        self.blueprints: tuple[tuple[str | None, Any], ...] = ()
        self.registered = False
        """Whether its blueprints are part of the application."""
        self.lasting: tuple[str, ...] = ()
        """What of them stays there while it is off, in words."""
        self.homes: Final[list[Home]] = []
        """Where its modules are: what those connect at import is suspended and resumed, never cancelled."""
        self.imported: Final = Ownership(candidate.name, rank=rank)
        """What modules that are no plugin's connected while it was imported."""
        self.connected: Final = Ownership(candidate.name, rank=rank)
        """What its mapping and its `bootstrap` connected since it was last enabled."""
        self._takers: Final = takers
        self._taken: Final = ExitStack()
        self.foreign: Final = ForeignPort(self._failed_elsewhere)
        self.guard: Final = guard
        self.notebook: Final = Notebook()
        if candidate.problem:
            self.notebook.write("unusable", candidate.problem)
        self.quarantine: Quarantine | None = None
        self.suspended = False
        """Whether its subscriptions are there and suspended, so that they need only be resumed."""
        self.failure: Failure | None = None
        self.failures = 0

    # -- subscriptions ------------------------------------------------------------------------------------------

    @property
    def owned(self) -> list[Subscription]:
        """Its subscriptions, suspended and cancelled ones included."""
        at_import = [each for home in self.homes if home.is_used_by(self) for each in home.subscriptions]
        return [*self.imported.subscriptions, *at_import, *self.connected.subscriptions]

    @property
    def signals(self) -> list[Signal[...]]:
        """What it is connected to, each signal once."""
        return list(dict.fromkeys(each.signal for each in self.owned if each.connected))

    def resume_imported(self) -> None:
        """Connect what was connected at import.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        self.imported.resume()
        for home in self.homes:
            home.use(self)

    def take(self) -> None:
        """Hand its parts to whoever takes something else than subscriptions from plugins: their actions, for one.

        Raises:
            Exception: a taker refuses what it brings, or the plugin failed when it was asked.
        """
        for taker in self._takers:
            for part in self.parts:
                self._taken.callback(taker(part, owner=self.name, rank=self.rank))

    def resume(self) -> None:
        """Connect everything again that `suspend` has suspended.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        self.resume_imported()
        self.connected.resume()
        self.foreign.resume()
        self.suspended = False

    def suspend(self) -> None:
        """Keep everything, and let nothing of it be called."""
        self.guard.stop()
        self._taken.close()
        for home in self.homes:
            home.leave(self)
        for part in (self.imported, self.connected, self.foreign):
            part.suspend()
        self.suspended = True

    def undo(self) -> None:
        """Cancel everything that enabling it connected."""
        self.guard.stop()
        self._taken.close()
        self.connected.cancel()
        self.foreign.cancel()
        self.imported.suspend()
        for home in self.homes:
            home.leave(self)
        self.suspended = False

    # -- what went wrong ----------------------------------------------------------------------------------------

    def fail(self, failure: Failure) -> None:
        """Take down a failure."""
        self.failure = failure
        self.failures += 1

    def _failed_elsewhere(self, signal: str, receiver: str, error: BaseException) -> None:
        failure = Failure.of(Stage.RECEIVER, error, signal=signal, receiver=receiver)
        self.fail(failure)
        self.guard.failed_elsewhere(failure.error)

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
            on_probation=self.guard.on_probation,
            needs_restart=self.needs_restart,
            notes=self.notebook.notes,
            lasting=self.lasting,
        )

    @property
    def needs_restart(self) -> bool:
        """Whether it has pages that are no part of the application yet."""
        return self.state is PluginState.ENABLED and bool(self.blueprints) and not self.registered

    def _subscriptions(self, orphans: Orphans) -> tuple[SubscriptionStatus, ...]:
        found = [SubscriptionStatus.of(each, orphaned=each.signal in orphans) for each in self.owned if each.connected]
        meant = near_misses(each.signal for each in found if each.orphaned)
        if meant:
            found = [replace(each, did_you_mean=meant.get(each.signal)) if each.orphaned else each for each in found]
        foreign = [SubscriptionStatus.of_foreign(each) for each in self.foreign.connections if each.connected]
        return (*found, *foreign)
