"""Where the desired state of plugins is kept, and what processes say of the actual one.

The portal's database is one such place; it implements the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Desired:
    """What one plugin is to be, since somebody switched it or it was quarantined."""

    enabled: bool
    quarantine: str | None = None
    """Why it is quarantined, in one line; None if it is not."""
    probation: bool = False
    """Whether it was enabled again after a quarantine and has not proved itself yet."""
    revision: int = 0
    """Which change of the store this was; a later one has a higher number."""


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What one process says of one plugin."""

    process: str
    """`machine:pid`."""
    plugin: str
    state: str
    failure: str | None
    """Its last failure there, in one line."""
    failures: int
    needs_restart: bool
    seen_at: datetime
    requires: tuple[str, ...] = ()
    """The plugins that it cannot work without, as far as the process knows: it has to be imported there."""


class StateStore(Protocol):
    """Remembers which plugins were switched, so that a restart does not undo it and other processes follow."""

    def revision(self) -> int:
        """Return the number of the latest change. Asked often: it has to be cheap."""

    def load(self) -> Mapping[str, Desired]:
        """Return what is desired of each plugin that was ever switched, by name."""

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        """Remember what a plugin is to be, under a new revision."""

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        """Replace everything that a process has said before."""

    def reports(self) -> Sequence[ProcessReport]:
        """Return what every process said last, its age in `seen_at`."""
