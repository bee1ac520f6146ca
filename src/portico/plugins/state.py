"""Where the desired state of plugins is kept. The portal's database is one such place; it implements the protocol."""

from collections.abc import Mapping
from typing import Protocol


class StateStore(Protocol):
    """Remembers which plugins were switched by hand, so that a restart does not undo it."""

    def load(self) -> Mapping[str, bool]:
        """Return whether each plugin that was ever switched is to be enabled, by name."""

    def save(self, name: str, *, enabled: bool) -> None:
        """Remember that a plugin was switched."""


class MemoryStateStore:
    """Remembers for as long as the process runs."""

    def __init__(self) -> None:
        self._enabled: dict[str, bool] = {}

    def load(self) -> Mapping[str, bool]:
        """Return whether each plugin that was ever switched is to be enabled, by name."""
        return dict(self._enabled)

    def save(self, name: str, *, enabled: bool) -> None:
        """Remember that a plugin was switched."""
        self._enabled[name] = enabled
