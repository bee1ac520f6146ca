"""Records events in transactions, and sends each once what it tells of is stored."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import randbits
from time import time_ns
from typing import TYPE_CHECKING, Any, Final, NamedTuple, ParamSpec, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from portico.signals import MASK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from portico.signals import Signal

P = ParamSpec("P")

logger = logging.getLogger(__name__)

Wait: TypeAlias = "Callable[[Awaitable[Any]], Any]"
"""What waits for an awaitable and returns its value, where the commit itself can be awaited."""


# -- events ------------------------------------------------------------------------------------------------------


def _new_id() -> UUID:
    """Return a UUIDv7: the time in milliseconds, the rest of it in 12 bits, and 62 random bits (RFC 9562)."""
    milliseconds, nanoseconds = divmod(time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | randbits(62))


_current: Final[ContextVar[Event | None]] = ContextVar("portico_current_event", default=None)
_actor: Final[ContextVar[str | None]] = ContextVar("portico_actor", default=None)


def current_event() -> Event | None:
    """Return the event whose receivers or taps are running here, if any are."""
    return _current.get()


@contextmanager
def acting(actor: str | None) -> Iterator[None]:
    """Say who acts, for the length of a `with` block: the `actor` of what is recorded in it."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def _current_id() -> UUID | None:
    event = _current.get()
    return event.id if event else None


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One recorded send. In process the payload holds the live objects."""

    signal: Signal[...]
    sender: object
    payload: Mapping[str, Any] = field(repr=False)
    actor: str | None = field(default_factory=_actor.get)
    """Who acted when it was recorded, as `acting` said."""
    cause: UUID | None = field(default_factory=_current_id)
    """The id of the event in whose receiver it was recorded."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it was recorded; aware, UTC."""
    id: UUID = field(default_factory=_new_id)
    """A UUIDv7: later events have higher ones."""

    def __repr__(self) -> str:
        declaration = self.signal.declaration
        sender = MASK if declaration is not None and declaration.has_sensitive_sender else self.sender
        return f"<Event {self.id} of {self.signal.label}, sender={sender!r}>"

    @classmethod
    def of(cls, signal: Signal[P], /, *args: P.args, **kwargs: P.kwargs) -> Event:
        """Return the event that stands for `signal.send(*args, **kwargs)`.

        Raises:
            TypeError: the payload is not the declared one.
        """
        return cls(signal, *signal.check(*args, **kwargs))

    def send(self, wait: Wait | None = None) -> None:
        """Call the receivers, isolating each whatever the signal's policy: nothing can be undone any more.

        Args:
            wait: what waits for coroutine receivers; without it, they run as they do in `Signal.send_isolated`.
        """
        token = _current.set(self)
        try:
            if wait is None:
                self.signal.send_isolated(self.sender, **self.payload)
            else:
                wait(self.signal.send_payload_async(self.sender, self.payload, isolated=True))
        finally:
            _current.reset(token)


# -- the port ----------------------------------------------------------------------------------------------------


@runtime_checkable
class Transaction(Protocol):
    """The transaction that something is in: what is recorded in it is done when it is stored for good, in order.

    What is recorded is dropped when the transaction, or the savepoint it was recorded in, rolls back.
    """

    def record(self, event: Event, *, around: AbstractContextManager[object] | None = None) -> None:
        """Send an event after the commit; `around` is entered while its receivers run.

        Raises:
            TransactionError: nothing can be recorded in the state that the transaction is in.
        """

    def call_after_commit(self, call: Callable[[], object], label: str) -> None:
        """Make a call after the commit; what it raises is logged under `label`, and stops nothing.

        Where the commit is awaited, an awaitable that it returns is awaited too.

        Raises:
            TransactionError: nothing can be recorded in the state that the transaction is in.
        """

    @property
    def is_open(self) -> bool:
        """Whether there is a transaction that has not ended yet."""

    @property
    def has_writes(self) -> bool:
        """Whether it is known to have something to store. It is not guessed from SQL, so False may be wrong."""

    @property
    def commits(self) -> int:
        """How many transactions were stored here before this one."""


class AtOnce:
    """No transaction: what is recorded is done at once."""

    is_open: Final = False
    has_writes: Final = False
    commits: Final = 0

    def record(self, event: Event, *, around: AbstractContextManager[object] | None = None) -> None:
        """Send the event now."""
        _entry_of_event(event, around).do(None)

    def call_after_commit(self, call: Callable[[], object], label: str) -> None:
        """Make the call now."""
        _entry_of_call(call, label).do(None)


AT_ONCE: Final[Transaction] = AtOnce()
"""For callers that may have no transaction: `send_after_commit(session or AT_ONCE, ...)`."""


# -- what the adapters are made of -------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One thing to be done after the commit."""

    label: str
    call: Callable[[Wait | None], object]
    objects: tuple[object, ...] = ()
    """What its receivers will be given."""
    net: Callable[[list[Entry]], Iterable[Entry]] | None = None
    """Returns what the entries that name it come to: done in the place of the first, once all of them are stored."""

    def do(self, wait: Wait | None) -> None:
        """Do it; what it raises is logged, and stops nothing."""
        try:
            self.call(wait)
        except Exception:
            # What no isolation catches (RecursionError) must not break what has stored its transaction.
            logger.exception("sending %s after the commit failed", self.label)


class Recorded:
    """What was recorded in one transaction, in order, until it is done or dropped."""

    def __init__(self) -> None:
        self._entries: Final[deque[Entry]] = deque()
        self._marks: Final[dict[object, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    @property
    def objects(self) -> list[object]:
        """What the receivers of all this will be given: senders and the values of payloads."""
        return [each for entry in self._entries for each in entry.objects]

    def add(self, entry: Entry) -> None:
        """Record one thing more."""
        self._entries.append(entry)

    def begin_savepoint(self, savepoint: object) -> None:
        """Note that a savepoint begins here."""
        self._marks[savepoint] = len(self._entries)

    def roll_back_to(self, savepoint: object) -> None:
        """Drop what was recorded since the savepoint began; everything if that was before the first recording."""
        mark = self._marks.get(savepoint, 0)
        while len(self._entries) > mark:
            self._entries.pop()

    def run(self, wait: Wait | None) -> None:
        """Do everything, in order, what is added meanwhile too. Only what is no `Exception` stops it, and passes."""
        self._settle()
        try:
            while self._entries:
                self._entries.popleft().do(wait)
        finally:
            if self._entries:
                labels = ", ".join(entry.label for entry in self._entries)
                logger.error("interrupted after the commit; not sent any more: %s", labels)
                self._entries.clear()

    def _settle(self) -> None:
        by_net: dict[Callable[[list[Entry]], Iterable[Entry]], list[Entry]] = {}
        for entry in self._entries:
            if entry.net is not None:
                by_net.setdefault(entry.net, []).append(entry)
        if not by_net:
            return
        entries = list(self._entries)
        self._entries.clear()
        for entry in entries:
            if entry.net is None:
                self._entries.append(entry)
            elif together := by_net.pop(entry.net, None):
                self._entries.extend(entry.net(together))


class Recording:
    """What adapters have in common: they only say where an entry is kept."""

    def record(self, event: Event, *, around: AbstractContextManager[object] | None = None) -> None:
        """Send an event after the commit."""
        self._add(_entry_of_event(event, around))

    def call_after_commit(self, call: Callable[[], object], label: str) -> None:
        """Make a call after the commit."""
        self._add(_entry_of_call(call, label))

    def _add(self, entry: Entry) -> None:
        raise NotImplementedError


def _entry_of_event(event: Event, around: AbstractContextManager[object] | None) -> Entry:
    def send(wait: Wait | None) -> None:
        with around or nullcontext():
            event.send(wait)

    return Entry(event.signal.label, send, (event.sender, *event.payload.values()))


def _entry_of_call(call: Callable[[], object], label: str) -> Entry:
    def make(wait: Wait | None) -> None:
        value: Any = call()
        if wait is not None and hasattr(value, "__await__"):
            wait(value)

    return Entry(label, make)


# -- with the host -----------------------------------------------------------------------------------------------

_undos: Final[list[Callable[[], None]]] = []


def undo_with_host(undo: Callable[[], None]) -> None:
    """Have something undone when the host of this process closes: once, however often this is said."""
    if undo not in _undos:
        _undos.append(undo)


def undo_all() -> None:
    """Undo what adapters have changed in the libraries that they adapt. Sends recorded by then may be lost."""
    while _undos:
        _undos.pop()()
