"""Every plugin that is managed, by name and in the order of their receivers. Switches none."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from portico.errors import UnknownPluginError
from portico.plugins.status import PluginState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from portico.plugins.discovery import Candidate
    from portico.plugins.managed import Managed


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
        for name in sorted(known):
            self.add(known[name])

    def add(self, candidate: Candidate) -> Managed:
        """Take one more plugin, whose receivers come in the given order or last."""
        # Ranks are given once, so that a plugin that was off and on again is back in its old place.
        rank = self._places.setdefault(candidate.name, len(self._places) + 1)
        managed = self.by_name[candidate.name] = self._make(candidate, rank)
        return managed

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
        close = get_close_matches(name, self.by_name, n=1)
        hint = (
            f"did you mean {close[0]!r}?"
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
        return iter(sorted(self.by_name.values(), key=lambda managed: managed.rank))

    def __contains__(self, name: object) -> bool:
        return name in self.by_name
