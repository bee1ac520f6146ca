"""Sees sends from outside: who received what, how long it took, what came of it. Changes nothing about them."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from itertools import count
from operator import itemgetter
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import ref

from portico.signals.failures import log_exception
from portico.signals.records import Reception, SendReport
from portico.signals.serial import Mutex, in_forked_child
from portico.signals.undo import Undoing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portico.signals.receivers import Receiver
    from portico.signals.signal import Signal
    from portico.signals.undo import Undo


_numbers: Final = count(1)
_current: Final[ContextVar[int | None]] = ContextVar("portico_current_send", default=None)


class Recording:
    """Takes down one send and hands the report to the taps when it is over. A context manager around the dispatch."""

    __slots__ = (
        "_clock",
        "_parent",
        "_payload",
        "_receptions",
        "_sender",
        "_signal",
        "_started_at",
        "_taps",
        "_token",
        "number",
    )

    def __init__(
        self,
        signal: Signal[...],
        sender: object,
        payload: dict[str, Any],
        taps: Iterable[Callable[[SendReport], object]],
    ) -> None:
        self.number: Final = next(_numbers)
        self._signal, self._sender, self._payload = signal, sender, payload
        self._taps = tuple(taps)
        self._receptions: list[tuple[float, Reception]] = []

    def __enter__(self) -> Self:
        self._parent = _current.get()
        self._token = _current.set(self.number)
        self._started_at = time()
        self._clock = perf_counter()
        return self

    def received(
        self, receiver: Receiver, owner: str | None, clock: float, value: object, error: BaseException | None
    ) -> None:
        """Note that a receiver called at `clock` is done."""
        self._receptions.append((clock, Reception(receiver, owner, perf_counter() - clock, value, error)))

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        duration = perf_counter() - self._clock
        with suppress(ValueError):  # A coroutine that is thrown away half done ends in some other context.
            _current.reset(self._token)
        # Side by side, coroutines end in any order.
        self._receptions.sort(key=itemgetter(0))
        report = SendReport(
            self.number,
            self._parent,
            self._signal,
            self._sender,
            self._payload,
            self._started_at,
            duration,
            tuple(reception for _, reception in self._receptions),
            error,
        )
        for tap in self._taps:
            try:
                tap(report)
            except RecursionError:
                raise  # A tap that sends what it taps: going on would double the work at every level.
            except Exception as failure:  # noqa: BLE001 - it watches; the send is none of its business
                log_exception("a tap failed on %s", self._signal.label, error=failure)


class TapPoint:
    """Where taps can be attached: one signal, a namespace with all its signals, or everything."""

    __slots__ = ("_affected", "taps")

    def __init__(self, affected: Callable[[], Iterable[Signal[...]]]) -> None:
        self._affected: Final = affected
        self.taps: tuple[Callable[[SendReport], object], ...] = ()

    def attach(self, tap: Callable[[SendReport], object]) -> Undo:
        """Attach a tap and return what detaches it; detaching again has no effect."""

        # Compared by identity, so that the same tap can be attached twice and each attachment be undone.
        def attached(report: SendReport) -> object:
            return tap(report)

        @Undoing
        def detach() -> None:
            self._replace(lambda taps: tuple(known for known in taps if known is not attached))

        self._replace(lambda taps: (*taps, attached))
        return detach

    def _replace(self, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> None:
        with _attaching:
            self.taps = change(self.taps)
        # Without the lock, because it waits for those of the signals.
        for signal in self._affected():
            signal.refresh()


_attaching: Final = Mutex()
# By `id()`. Neither adding nor copying it takes a lock, so that a finalizer can make a signal at any moment.
_signals: Final[dict[int, ref[Signal[...]]]] = {}


def enrolled() -> list[Signal[...]]:
    """Return every signal of this process, those without a namespace included, in the order of making."""
    return [signal for find in list(_signals.values()) if (signal := find()) is not None]


@in_forked_child
def _renew_signals() -> None:
    for signal in enrolled():
        signal.renew()


_everything: Final = TapPoint(enrolled)


def enrol(signal: Signal[...]) -> None:
    """Let a new signal be seen by taps on everything."""
    key = id(signal)
    _signals[key] = ref(signal, lambda _: _signals.pop(key, None))
    signal.refresh()


def tap(observer: Callable[[SendReport], object]) -> Undo:
    """Attach a tap to every signal there is and will be; return what detaches it."""
    return _everything.attach(observer)


def taps_on_everything() -> tuple[Callable[[SendReport], object], ...]:
    """Return the taps that see every signal."""
    return _everything.taps
