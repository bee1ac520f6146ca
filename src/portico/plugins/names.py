"""Tells which signals of a plugin nobody declares or sends, and what was perhaps meant. Corrects nothing."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from portico.signals import Mutex, namespaces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portico.signals import SendReport, Signal, Undo

_CLOSE: Final = 0.8
_CHECKED: Final = 50


class Orphans:
    """The undeclared signals that somebody hears and nobody has sent since. Each is tapped until its first send."""

    def __init__(self) -> None:
        self._silent: Final[dict[Signal[...], Undo]] = {}
        self._sent: Final[set[str]] = set()
        self._lock: Final = Mutex()

    def watch(self, signals: Iterable[Signal[...]]) -> None:
        """Find out whether these are ever sent."""
        for signal in signals:
            if signal.declaration is None and signal not in self._silent and signal.label not in self._sent:
                with self._lock:
                    self._silent[signal] = signal.tap(self._first)

    def __contains__(self, signal: Signal[...]) -> bool:
        return signal.declaration is None and signal.label not in self._sent

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            silent = list(self._silent.values())
            self._silent.clear()
        for detach in silent:
            detach()

    def _first(self, report: SendReport) -> None:
        with self._lock:
            self._sent.add(report.signal.label)
            detach = self._silent.pop(report.signal, None)
        if detach:
            detach()


def near_misses(labels: Iterable[str]) -> dict[str, str]:
    """Return for some of these labels the declared signal whose name is almost the same."""
    wanted = list(dict.fromkeys(labels))[:_CHECKED]
    if not wanted:
        return {}
    declared = [signal.label for namespace in namespaces() for signal in namespace if signal.declaration]
    found = {label: get_close_matches(label, declared, n=1, cutoff=_CLOSE) for label in wanted}
    return {label: close[0] for label, close in found.items() if close}
