"""Watches how plugins are doing: who fails too often, who is slow, and who listens for what nobody sends."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from time import monotonic
from typing import TYPE_CHECKING, Final

from portico.signals import Mutex, describe_receiver, namespaces, receiver_key, tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portico.signals import AnySignal, Receiver, SendReport, Undo

_TWO_MINUTES: Final = 120
_CLOSE: Final = 0.8
_CHECKED: Final = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one host."""

    failures_in_a_row: int | None = 5
    """A receiver that fails so often without a success in between has its plugin quarantined; None: never."""
    window_seconds: float = 600
    """So many failures within this time are too many as well, whatever succeeds in between; 0: only those in a row."""
    probation_receptions: int = 10
    """How many good receptions end a probation. During it, the first failure quarantines again."""
    slow_seconds: float | None = None
    """Receivers that take longer are noted with their plugin. None: nobody looks, which makes sends faster."""
    watch_payloads: bool = False
    """Whether receivers that change a payload are noted with their plugin; takes every send off the fast path."""
    subscriptions: int = 1000
    """More subscriptions than this are noted with the plugin."""

    def __post_init__(self) -> None:
        """Refuse limits that would quarantine or note everything.

        Raises:
            ValueError: a limit is below what can be counted.
        """
        for name in ("failures_in_a_row", "probation_receptions", "subscriptions"):
            value = getattr(self, name)
            if value is not None and value < 1:
                msg = f"the limit {name} is {value}; use 1 or more"
                raise ValueError(msg)


class _Suspect:
    """A receiver that failed in the last time, or has not been seen to succeed since."""

    def __init__(self, signal: AnySignal, receiver: Receiver) -> None:
        self.signal: Final = signal
        self.receiver: Final = receiver
        self.in_a_row = 0
        self.moments: Final[list[float]] = []
        """When it failed, within the window."""

    def is_at(self, signal: AnySignal, receiver: Receiver) -> bool:
        return self.signal is signal and _same(self.receiver, receiver)


class Health:
    """Counts the failures of each receiver of one plugin: in a row, and in a window of time.

    A signal is tapped from the first failure of a receiver there until its next success, and during a probation: only
    so are successes seen. What is decided is carried out after the dispatch, when `due` is called.
    """

    def __init__(
        self, owner: str, limits: Limits, due: Callable[[], object], clock: Callable[[], float] = monotonic
    ) -> None:
        self._owner: Final = owner
        self._limits: Final = limits
        self._due: Final = due
        self._clock: Final = clock
        self._suspects: Final[list[_Suspect]] = []
        self._taps: Final[dict[AnySignal, Undo]] = {}
        self._lock: Final = Mutex()
        self._to_prove = 0
        self.verdict: str | None = None
        """Why the plugin is to be quarantined."""
        self._proved = False

    @property
    def on_probation(self) -> bool:
        """Whether the next failure is one too many."""
        return self._to_prove > 0

    @property
    def has_decided(self) -> bool:
        """Whether there is a verdict, or a probation that was passed, to be carried out."""
        return self.verdict is not None or self._proved

    def take_proved(self) -> bool:
        """Tell whether a probation was passed since this was last asked."""
        proved, self._proved = self._proved, False
        return proved

    def start(self, *, probation: bool) -> None:
        """Begin anew."""
        self.stop()
        self._to_prove = self._limits.probation_receptions if probation else 0

    def watch(self, signals: Iterable[AnySignal]) -> None:
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

    def failed(self, signal: AnySignal, receiver: Receiver, error: str) -> None:
        """Count a failure. Called inside the dispatch."""
        with self._lock:
            suspect = next((each for each in self._suspects if each.is_at(signal, receiver)), None)
            if suspect is None:
                suspect = _Suspect(signal, receiver)
                self._suspects.append(suspect)
            suspect.in_a_row += 1
            suspect.moments.append(self._clock())
            self._judge(suspect, error)
            self._forget_what_is_long_ago()
            self._watch(signal)

    def failed_elsewhere(self, error: str) -> None:
        """Count a failure at another library's signal, where successes are never seen: it matters on probation only."""
        with self._lock:
            if self.on_probation:
                self._condemn("on probation", error)

    @property
    def _always(self) -> bool:
        return self.on_probation or self._limits.failures_in_a_row == 1

    def _judge(self, suspect: _Suspect, error: str) -> None:
        limit, window = self._limits.failures_in_a_row, self._limits.window_seconds
        lately = [moment for moment in suspect.moments if moment > self._clock() - window]
        if self.on_probation:
            self._condemn("on probation", error)
        elif limit is not None and suspect.in_a_row >= limit:
            self._condemn("once" if limit == 1 else f"{suspect.in_a_row} times in a row", error)
        elif limit is not None and len(lately) >= limit:
            within = f"{window / 60:g} minutes" if window >= _TWO_MINUTES else f"{window:g} seconds"
            self._condemn(f"{len(lately)} times within {within}", error)

    def _condemn(self, how: str, error: str) -> None:
        if self.verdict is None:
            self.verdict = f"failed {how}: {error}"

    def _forget_what_is_long_ago(self) -> None:
        begin = self._clock() - self._limits.window_seconds
        for suspect in self._suspects:
            # No more of them than are counted: without a limit it may fail for ever.
            counted = suspect.moments[-(self._limits.failures_in_a_row or 1) :]
            suspect.moments[:] = [moment for moment in counted if moment > begin]
        self._suspects[:] = [each for each in self._suspects if each.moments or each.in_a_row]

    def _watch(self, signal: AnySignal) -> None:
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

    def _succeeded(self, signal: AnySignal, receiver: Receiver) -> None:
        for suspect in self._suspects:
            if suspect.is_at(signal, receiver):
                suspect.in_a_row = 0
        if self.on_probation and self.verdict is None:
            self._to_prove -= 1
            self._proved = not self.on_probation

    def _idle(self, signal: AnySignal) -> Undo | None:
        """Return what detaches the tap from a signal at which there is nothing left to see."""
        if self._always or any(each.signal is signal and each.in_a_row for each in self._suspects):
            return None
        return self._taps.pop(signal, None)


def watch_slow(limit_seconds: float, note: Callable[[str, str, str], object]) -> Undo:
    """Look at every send, and note receivers of plugins that took longer; return what ends it.

    Args:
        limit_seconds: what is still quick.
        note: told the owner, what happened, and what it is about (the same for each time it happens).
    """

    def look(report: SendReport) -> None:
        if report.duration_seconds <= limit_seconds:
            return
        for reception in report.receptions:
            if reception.owner and reception.duration_seconds > limit_seconds:
                about = f"{describe_receiver(reception.receiver)} on {report.signal.label}"
                note(reception.owner, f"{about} took {reception.duration_seconds:.1f} s", about)

    return tap(look)


class Orphans:
    """The undeclared signals that somebody hears and nobody has sent since. Each is tapped until its first send."""

    def __init__(self) -> None:
        self._silent: Final[dict[AnySignal, Undo]] = {}
        self._sent: Final[set[str]] = set()
        self._lock: Final = Mutex()

    def watch(self, signals: Iterable[AnySignal]) -> None:
        """Find out whether these are ever sent."""
        for signal in signals:
            if signal.declaration is None and signal not in self._silent and signal.label not in self._sent:
                with self._lock:
                    self._silent[signal] = signal.tap(self._first)

    def __contains__(self, signal: AnySignal) -> bool:
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


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name that was perhaps meant; None if none is alike enough, 1 being the same."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=likeness)), None)


def near_misses(labels: Iterable[str]) -> dict[str, str]:
    """Return for some of these labels the declared signal whose name is almost the same."""
    wanted = list(dict.fromkeys(labels))[:_CHECKED]
    if not wanted:
        return {}
    declared = [signal.label for namespace in namespaces() for signal in namespace if signal.declaration]
    return {label: close for label in wanted if (close := nearest(label, declared, likeness=_CLOSE))}


def _same(one: Receiver, other: Receiver) -> bool:
    return receiver_key(one) == receiver_key(other)
