"""Holds what is known of each plugin, what it has connected, and its place among the others."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from portico.errors import PluginError, UnknownPluginError
from portico.plugins.discovery import first_line
from portico.plugins.health import near_misses, nearest
from portico.plugins.interfaces import IBlueprint
from portico.plugins.other_libraries import ForeignPort
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
from portico.signals import Ownership, describe_receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from portico.plugins.discovery import Candidate
    from portico.plugins.health import Health, Limits, Orphans
    from portico.plugins.imports import Home, ImportWatch
    from portico.signals import AnySignal, Subscription


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
        health: Health,
        homes: Sequence[Home],
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
        self.homes: Final = homes
        """Where its modules are: what those connect at import is suspended and resumed, never cancelled."""
        self.imported: Final = Ownership(candidate.name, rank=rank)
        """What modules that are no plugin's connected while it was imported."""
        self.connected: Final = Ownership(candidate.name, rank=rank)
        """What its mapping and its `bootstrap` connected since it was last enabled."""
        self._takers: Final = takers
        self._taken: Final = ExitStack()
        self.foreign: Final = ForeignPort(self._failed_elsewhere)
        self.health: Final = health
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
        at_import = [each for home in self.homes if home.is_used_by(self.name) for each in home.subscriptions]
        return [*self.imported.subscriptions, *at_import, *self.connected.subscriptions]

    @property
    def signals(self) -> list[AnySignal]:
        """What it is connected to, each signal once."""
        return list(dict.fromkeys(each.signal for each in self.owned if each.connected))

    def resume_imported(self) -> None:
        """Connect what was connected at import.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        self.imported.resume()
        for home in self.homes:
            home.use(self.name)

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
        self.health.stop()
        self._taken.close()
        for home in self.homes:
            home.leave(self.name)
        for part in (self.imported, self.connected, self.foreign):
            part.suspend()
        self.suspended = True

    def undo(self) -> None:
        """Cancel everything that enabling it connected."""
        self.health.stop()
        self._taken.close()
        self.connected.cancel()
        self.foreign.cancel()
        self.imported.suspend()
        for home in self.homes:
            home.leave(self.name)
        self.suspended = False

    # -- what went wrong ----------------------------------------------------------------------------------------

    def fail(self, failure: Failure) -> None:
        """Remember a failure, and count it."""
        self.failure = failure
        self.failures += 1

    def _failed_elsewhere(self, signal: str, receiver: str, error: BaseException) -> None:
        failure = Failure.of(Stage.RECEIVER, error, signal=signal, receiver=receiver)
        self.fail(failure)
        self.health.failed_elsewhere(failure.error)

    def leaks(self, imports: ImportWatch) -> tuple[str, ...]:
        """Return what is connected of it while it is not enabled, in words: nothing, unless it went behind our back."""
        if self.state is PluginState.ENABLED:
            return ()
        leaked = [(each.receiver, each.signal.label) for each in imports.leaked_by(self.name, self.owned)]
        leaked += [(each.receiver, repr(each.signal)) for each in self.foreign.connections]
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
        return self.state is PluginState.ENABLED and bool(self.blueprints) and not self.registered

    def _subscriptions(self, orphans: Orphans) -> tuple[SubscriptionStatus, ...]:
        found = [SubscriptionStatus.of(each, orphaned=each.signal in orphans) for each in self.owned if each.connected]
        meant = near_misses(each.signal for each in found if each.orphaned)
        if meant:
            found = [replace(each, did_you_mean=meant.get(each.signal)) if each.orphaned else each for each in found]
        foreign = [SubscriptionStatus.of_foreign(each) for each in self.foreign.connections if each.connected]
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


Typed = tuple[str | None, Any]
"""A blueprint and what its pages are about; None if it does not say."""


def blueprints_of(parts: Iterable[object]) -> tuple[Typed, ...]:
    """Return the blueprints that a plugin brings, in its order.

    Raises:
        PluginError: something else than blueprints.
    """
    asked = [cast("IBlueprint", part).get_blueprint() for part in parts if IBlueprint.provided_by(part)]
    return tuple(typed for answer in asked for typed in _read(answer))


def _read(answer: object) -> list[Typed]:
    if isinstance(answer, list):
        return [_typed(each) for each in answer]
    return [_typed(answer)]


def _typed(item: object) -> Typed:
    kind, blueprint = item if isinstance(item, tuple) and len(item) == 2 else (None, item)  # noqa: PLR2004 - a pair
    if not (kind is None or isinstance(kind, str)) or not _is_blueprint(blueprint):
        msg = f"get_blueprint() returned {item!r}; return (type, Blueprint), or a list of those or of blueprints"
        raise PluginError(msg)
    return kind, blueprint


def _is_blueprint(candidate: object) -> bool:
    return isinstance(getattr(candidate, "name", None), str) and callable(getattr(candidate, "register", None))
