"""Every plugin that is managed, by name and in the order of their receivers. Switches none."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from portico.errors import UnknownPluginError
from portico.plugins.managed import Managed, Taker
from portico.plugins.status import PluginState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from portico.plugins.discovery import Candidate
    from portico.plugins.limits import Limits


class Roster:
    """The plugins of one manager."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        order: Sequence[str],
        limits: Limits,
        due: Callable[[], object],
        takers: Sequence[Taker],
    ) -> None:
        known = {candidate.name: candidate for candidate in candidates}
        names = [name for name in dict.fromkeys(order) if name in known]
        names += sorted(known.keys() - set(names))
        self.limits: Final = limits
        self._due: Final = due
        self._takers: Final = tuple(takers)
        self.by_name: Final[dict[str, Managed]] = {}
        for name in names:
            self.add(known[name])

    def add(self, candidate: Candidate) -> None:
        """Take one more plugin, whose receivers come last; one of that name that is known already is kept."""
        if candidate.name not in self.by_name:
            # Ranks are given once, so that a plugin that was off and on again is back in its old place.
            rank = len(self.by_name) + 1
            self.by_name[candidate.name] = Managed(candidate, rank, self.limits, self._due, self._takers)

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
        hint = f"did you mean {close[0]!r}?" if close else f"installed are: {', '.join(self.by_name) or 'none'}"
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
        return iter(list(self.by_name.values()))

    def __contains__(self, name: object) -> bool:
        return name in self.by_name
