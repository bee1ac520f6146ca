"""Tells those who watch: taps of every send, observers of each failure, and the log.

Taps see a send from outside: who received what, how long it took, what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from itertools import count
from operator import itemgetter
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from portico.signals.any_signal import refresh_every_signal
from portico.signals.marks import MASK
from portico.signals.receivers import Receiver, describe_receiver
from portico.signals.undo import Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from logging import Logger

    from portico.signals.any_signal import AnySignal
    from portico.signals.subscription import Subscription
    from portico.signals.undo import Undo

# -- what they are told --------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What one receiver made of a send that is not plain."""

    receiver: Receiver
    value: Any
    """What it returned; the exception if it failed."""
    failed: bool


class ReceiverFailure(NamedTuple):
    """One isolated exception of a receiver."""

    signal: AnySignal
    subscription: Subscription
    receiver: Receiver
    error: BaseException

    @property
    def owner(self) -> str | None:
        """Whom the receiver belongs to."""
        return self.subscription.owner


class PayloadChange(NamedTuple):
    """One payload field that a receiver changed."""

    signal: AnySignal
    subscription: Subscription
    receiver: Receiver
    field: str

    @property
    def owner(self) -> str | None:
        """Whom the receiver belongs to."""
        return self.subscription.owner

    def __str__(self) -> str:
        whose = f" of plugin {self.owner}" if self.owner else ""
        return (
            f"receiver {describe_receiver(self.receiver)}{whose} changed the field {self.field!r} of "
            f"{self.signal.label}; payloads are shared: copy what you change, or declare the field as Mutable"
        )


class Reception(NamedTuple):
    """What one receiver made of a send, as a tap sees it."""

    receiver: Receiver
    owner: str | None
    """Whom the receiver belongs to: a plugin's name."""
    duration_seconds: float
    value: Any
    """What it returned; None if it failed."""
    error: BaseException | None


class SendReport(NamedTuple):
    """One send, as a tap sees it when the send is over."""

    number: int
    """Unique in this process; a send begun later has a higher one."""
    parent: int | None
    """The number of the observed send in whose receiver this one was sent."""
    signal: AnySignal
    sender: object
    payload: dict[str, Any]
    """The very objects that the receivers got, sensitive ones too. To show, store or log: `masked_payload`."""
    started_at: float
    """Seconds since the epoch."""
    duration_seconds: float
    receptions: tuple[Reception, ...]
    """In the order of calling; empty if nobody heard."""
    error: BaseException | None
    """What left `send`, if anything did."""

    @property
    def masked_sender(self) -> object:
        """The sender, or `MASK` if it was declared `Sensitive`."""
        declaration = self.signal.declaration
        return MASK if declaration is not None and declaration.has_sensitive_sender else self.sender

    @property
    def masked_payload(self) -> dict[str, Any]:
        """A copy of the payload, with `MASK` for what was declared `Sensitive`."""
        declaration = self.signal.declaration
        return dict(self.payload) if declaration is None else declaration.masked(self.payload)

    def __repr__(self) -> str:
        shown = self._replace(sender=self.masked_sender, payload=self.masked_payload)
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, shown, strict=True))
        return f"{type(self).__name__}({fields})"


# -- taps ----------------------------------------------------------------------------------------------------------

Tap = Callable[[SendReport], object]

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
        signal: AnySignal,
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
                log_exception("a tap failed on %s", one_line(self._signal.label), error=failure)


_taps: Final = Table[Tap](refresh_every_signal)


def tap(observer: Callable[[SendReport], object]) -> Undo:
    """Attach a tap to every signal there is and will be; return what detaches it."""
    return _taps.add(observer)


def taps_on_everything() -> tuple[Callable[[SendReport], object], ...]:
    """Return the taps that see every signal."""
    return tuple(_taps)


# -- failures ------------------------------------------------------------------------------------------------------

_observers: Final = Table["Callable[[ReceiverFailure], object]"]()


def observe_failures(observer: Callable[[ReceiverFailure], object]) -> Undo:
    """Call `observer` for each isolated failure, in the thread and at the moment of the failure.

    Returns:
        What undoes it.
    """
    return _observers.add(observer)


def log_exception(message: str, *arguments: object, error: BaseException) -> None:
    """Log an exception that nobody else will see."""
    import logging  # noqa: PLC0415 - costs more to import than the whole engine, and most sends do not fail

    log_failure(logging.getLogger("portico.signals"), message, *arguments, error=error)


def report_failure(failure: ReceiverFailure) -> None:
    """Log a failure and tell the observers."""
    log_exception(
        "receiver %s of %s failed in %s",
        one_line(describe_receiver(failure.receiver)),
        f"plugin {failure.owner}" if failure.owner else "no plugin",
        one_line(failure.signal.label),
        error=failure.error,
    )
    tell_observers(failure)


def tell_observers(failure: ReceiverFailure) -> None:
    """Tell a failure to those who want to know."""
    for observer in _observers:
        try:
            observer(failure)
        except RecursionError:
            raise  # Like a receiver's: an observer whose own sends fail and are observed again.
        except Exception as error:  # noqa: BLE001 - it watches; the send is none of its business
            log_exception("an observer of failures failed itself", error=error)


# -- text of strangers ---------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """Return a text with escapes for control characters, lone surrogates and the like; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def one_line(text: str) -> str:
    """Return a text as one line: blanks and line breaks in a row are one space, the rest as in `printable`."""
    return printable(" ".join(text.split()))


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an exception, fit to be shown."""
    import traceback  # noqa: PLC0415 - costs as much to import as the engine, and most sends do not fail

    return printable("".join(traceback.format_exception(error)))


def log_failure(logger: Logger, message: str, *arguments: object, error: BaseException) -> None:
    """Log somebody else's exception as an error, so that no line of it can be taken for a record of its own.

    The record carries the exception, for whoever collects those; its text is escaped and indented.
    """
    import logging  # noqa: PLC0415 - costs more to import than the engine

    if not logger.isEnabledFor(logging.ERROR):
        return
    file, line, function, _ = logger.findCaller(stacklevel=2)
    exc_info = (type(error), error, error.__traceback__)
    record = logger.makeRecord(logger.name, logging.ERROR, file, line, message, arguments, exc_info, function)
    # A formatter takes a text that is there already.
    record.exc_text = "\n".join(f"  {each}" for each in traceback_of(error).splitlines())
    logger.handle(record)
