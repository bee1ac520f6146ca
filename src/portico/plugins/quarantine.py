"""Decides when a plugin has failed too often. Suspends nothing itself, and costs nothing while nothing fails."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Final

from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portico.plugins.limits import Limits
    from portico.signals import Receiver, SendReport, Signal, Undo


class _Suspect:
    """A receiver that failed and has not been seen to succeed since."""

    def __init__(self, signal: Signal[...], receiver: Receiver) -> None:
        self.signal: Final = signal
        self.receiver: Final = receiver
        self.failures = 0

    def is_at(self, signal: Signal[...], receiver: Receiver) -> bool:
        return self.signal is signal and _same(self.receiver, receiver)


class Guard:
    """Counts the failures in a row of each receiver of one plugin.

    A signal is tapped from the first failure of a receiver there until its next success, and during a probation: only
    so are successes seen. What is decided is carried out after the dispatch, when `due` is called.
    """

    def __init__(self, owner: str, limits: Limits, due: Callable[[], object]) -> None:
        self._owner: Final = owner
        self._limits: Final = limits
        self._due: Final = due
        self._suspects: Final[list[_Suspect]] = []
        self._taps: Final[dict[Signal[...], Undo]] = {}
        self._lock: Final = Mutex()
        self._to_prove = 0
        self.verdict: str | None = None
        """Why the plugin is to be quarantined."""
        self._proved = False

    @property
    def on_probation(self) -> bool:
        """Whether the next failure is one too many."""
        return self._to_prove > 0

    def take_proved(self) -> bool:
        """Tell whether a probation was passed since this was last asked."""
        proved, self._proved = self._proved, False
        return proved

    def start(self, *, probation: bool) -> None:
        """Begin anew."""
        self.stop()
        self._to_prove = self._limits.probation_receptions if probation else 0

    def watch(self, signals: Iterable[Signal[...]]) -> None:
        """See every reception of these signals where each one counts: on probation, or if one failure is too many."""
        with self._lock:
            if self._always:
                for signal in signals:
                    self._watch(signal)

    def stop(self) -> None:
        """Forget everything."""
        with self._lock:
            self._suspects.clear()
            self._to_prove = 0
            self.verdict, self._proved = None, False
            taps = list(self._taps.values())
            self._taps.clear()
        for detach in taps:
            detach()

    def failed(self, signal: Signal[...], receiver: Receiver, error: str) -> None:
        """Count a failure. Called inside the dispatch."""
        with self._lock:
            suspect = next((each for each in self._suspects if each.is_at(signal, receiver)), None)
            if suspect is None:
                suspect = _Suspect(signal, receiver)
                self._suspects.append(suspect)
            suspect.failures += 1
            self._judge(suspect.failures, error)
            self._watch(signal)

    def failed_elsewhere(self, error: str) -> None:
        """Count a failure at another library's signal, where successes are never seen: it matters on probation only."""
        with self._lock:
            if self.on_probation:
                self._judge(1, error)

    @property
    def _always(self) -> bool:
        return self.on_probation or self._limits.failures_in_a_row == 1

    def _judge(self, failures: int, error: str) -> None:
        limit = 1 if self.on_probation else self._limits.failures_in_a_row
        if limit is not None and failures >= limit and self.verdict is None:
            times = "on probation" if self.on_probation else "once" if limit == 1 else f"{failures} times in a row"
            self.verdict = f"failed {times}: {error}"

    def _watch(self, signal: Signal[...]) -> None:
        if signal not in self._taps:
            self._taps[signal] = signal.tap(self._seen)

    def _seen(self, report: SendReport) -> None:
        with self._lock:
            for reception in report.receptions:
                if reception.owner == self._owner and reception.error is None:
                    self._succeeded(report.signal, reception.receiver)
            idle = self._idle(report.signal)
            due = self.verdict is not None or self._proved
        if idle:
            idle()
        if due:
            self._due()

    def _succeeded(self, signal: Signal[...], receiver: Receiver) -> None:
        self._suspects[:] = [each for each in self._suspects if not each.is_at(signal, receiver)]
        if self.on_probation and self.verdict is None:
            self._to_prove -= 1
            self._proved = not self.on_probation

    def _idle(self, signal: Signal[...]) -> Undo | None:
        """Return what detaches the tap from a signal at which there is nothing left to see."""
        if self._always or any(each.signal is signal for each in self._suspects):
            return None
        return self._taps.pop(signal, None)


def _same(one: Receiver, other: Receiver) -> bool:
    # Without running comparison code of the receivers' own.
    if isinstance(one, MethodType) and isinstance(other, MethodType):
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    return one is other
