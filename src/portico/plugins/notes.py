"""What was noticed about a plugin that is no failure: slow receivers, floods of subscriptions. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from portico.signals import Mutex

_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was noticed, once or several times."""

    at: datetime
    """When it was last noticed."""
    kind: str
    """What is wrong, in one word: `slow`, `subscriptions`, `listing`, `payload`, ..."""
    text: str
    """The last occasion, for a person to read. No payload values."""
    count: int = 1


class Notebook:
    """The notes on one plugin, the latest first. Bounded: the longest unheard of is forgotten first."""

    def __init__(self) -> None:
        self._notes: Final[dict[tuple[str, str], Note]] = {}
        self._lock: Final = Mutex()

    def write(self, kind: str, text: str, *, about: str = "") -> None:
        """Note something. What is of the same kind and `about` the same is one note that counts."""
        with self._lock:
            known = self._notes.pop((kind, about), None)
            note = Note(datetime.now(UTC), kind, text)
            self._notes[kind, about] = replace(note, count=known.count + 1) if known else note
            while len(self._notes) > _KEPT:
                del self._notes[next(iter(self._notes))]

    def replace(self, kind: str, text: str | None) -> None:
        """Let there be this note of a kind, or None; saying the same again changes nothing."""
        with self._lock:
            known = self._notes.get((kind, ""))
            if text is None:
                self._notes.pop((kind, ""), None)
            elif known is None or known.text != text:
                self._notes[kind, ""] = Note(datetime.now(UTC), kind, text)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every note, the latest first."""
        with self._lock:
            return tuple(reversed(self._notes.values()))
