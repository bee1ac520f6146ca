"""Tells whoever watches a plugin how it is: plain values, safe to keep and to show."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from portico.plugins.interfaces import IAppRegister
from portico.plugins.other_libraries import foreign_label
from portico.signals import ANY, Mutex, Subscription, describe_receiver, one_line, sender_reference, traceback_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portico.plugins.other_libraries import Connection

_KEPT_NOTES: Final = 20


class PluginState(StrEnum):
    """Whether a plugin is at work."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    FAILED = "failed"
    """It was to be enabled and could not; nothing of it is connected."""
    QUARANTINED = "quarantined"
    """Its receivers kept failing, or a person said so: they are suspended until a person enables it again."""


class Stage(StrEnum):
    """Where in its life a plugin failed. Each extension point of an application adds a word of its own."""

    IMPORT = "import"
    REQUIREMENTS = "requirements"
    MAPPING = "mapping"
    BOOTSTRAP = "bootstrap"
    TEARDOWN = "teardown"
    """It was undone all the same."""
    RECEIVER = "receiver"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of a plugin."""

    at: datetime
    stage: str
    """A `Stage`, or that of an extension point."""
    error: str
    """Type and message of the exception, in one line; what cannot be printed is escaped, in the traceback too."""
    traceback: str
    signal: str | None = None
    """Which signal its receiver failed on."""
    receiver: str | None = None

    @classmethod
    def of(cls, stage: str, error: BaseException, *, signal: str | None = None, receiver: str | None = None) -> Failure:
        """Describe an exception that was raised just now."""
        return cls(
            at=datetime.now(UTC),
            stage=stage,
            error=one_line("".join(traceback.format_exception_only(error))),
            traceback=traceback_of(error),
            signal=None if signal is None else one_line(signal),
            receiver=None if receiver is None else one_line(receiver),
        )


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """One connected subscription of a plugin."""

    signal: str
    """`namespace:name`."""
    receiver: str
    sender: str
    order: int
    orphaned: bool = False
    """Nobody declares the signal, and nobody has sent it since the plugin hears it."""
    did_you_mean: str | None = None
    """A declared signal that is called almost the same as an orphaned one."""

    @classmethod
    def of(cls, subscription: Subscription, *, orphaned: bool = False) -> SubscriptionStatus:
        """Describe a subscription."""
        return cls(
            signal=one_line(subscription.signal.label),
            receiver=one_line(describe_receiver(subscription.receiver)),
            sender=_describe_sender(*sender_reference(subscription)),
            order=subscription.order,
            orphaned=orphaned,
        )

    @classmethod
    def of_foreign(cls, connection: Connection) -> SubscriptionStatus:
        """Describe a connection to another library's signal."""
        sender = connection.sender
        key = ANY if sender is ANY else sender if isinstance(sender, str) else object()
        return cls(
            signal=one_line(foreign_label(connection.signal)),
            receiver=one_line(describe_receiver(connection.receiver)),
            sender=_describe_sender(key, lambda: sender),
            order=0,
        )


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was noticed, once or several times."""

    at: datetime
    """When it was last noticed."""
    kind: str
    """What is wrong, in one word: `slow`, `subscriptions`, `listing`, `payload`, ..."""
    text: str
    """The last occasion, in one line, for a person to read. No payload values."""
    count: int = 1


class Notebook:
    """The notes on one plugin, the latest first. Bounded: the longest unheard of is forgotten first."""

    def __init__(self) -> None:
        self._notes: Final[dict[tuple[str, str], Note]] = {}
        self._lock: Final = Mutex()

    def write(self, kind: str, text: str, *, about: str = "") -> None:
        """Note something. What is of the same kind and `about` the same is one note that counts."""
        kind, text = one_line(kind), one_line(text)
        with self._lock:
            known = self._notes.pop((kind, about), None)
            note = Note(datetime.now(UTC), kind, text)
            self._notes[kind, about] = replace(note, count=known.count + 1) if known else note
            while len(self._notes) > _KEPT_NOTES:
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


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why a plugin is quarantined."""

    at: datetime
    cause: str
    """One line."""


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """One plugin, as it is now."""

    name: str
    state: PluginState
    version: str | None
    summary: str | None
    author: str | None
    url: str | None
    origin: str
    """Where it comes from: `module:Class`."""
    subscriptions: tuple[SubscriptionStatus, ...]
    failure: Failure | None
    """The last one; kept when the plugin is disabled."""
    failures: int
    """How often it failed since the start of the process."""
    title: str | None = None
    """What it calls itself."""
    about: str | None = None
    """What else it says of itself."""
    requires: tuple[str, ...] = ()
    """The plugins that it cannot work without; known once it was imported."""
    quarantine: Quarantine | None = None
    on_probation: bool = False
    """Enabled again after a quarantine: its next failure quarantines it at once."""
    needs_restart: bool = False
    """It brings web pages that become part of the application at the next start only."""
    notes: tuple[Note, ...] = ()
    """What was noticed about it, the latest first."""
    lasting: tuple[str, ...] = ()
    """What it put into the application that stays there while it is off: template filters, commands, in words."""


def _describe_sender(key: object, ref: Callable[[], object] | None) -> str:
    """Describe a sender without running any code of its own."""
    if key is ANY:
        return "any sender"
    if isinstance(key, str):
        return repr(key)
    if isinstance(key, tuple):
        return repr(key[0])
    sender = ref() if ref else None
    if sender is None:
        return "a sender that is gone" if ref else "None"
    kind = sender if isinstance(sender, type) else type(sender)
    return one_line(f"{kind.__module__}.{kind.__qualname__}") + ("" if kind is sender else " object")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a plugin says of itself; None where it says nothing."""

    title: str | None = None
    version: str | None = None
    author: str | None = None
    url: str | None = None
    about: str | None = None


def introduction(parts: Iterable[object]) -> Introduction:
    """Ask the first part that is an `IAppRegister`.

    Raises:
        Exception: whatever the plugin raises, or a TypeError if what it returns is no mapping.
    """
    for part in parts:
        if IAppRegister.provided_by(part):
            said: Any = cast("IAppRegister", part)()
            if not isinstance(said, Mapping):
                kind = type(said).__name__
                msg = f"IAppRegister returned {kind!r}; return a dict with name, version, author, url, notes"
                raise TypeError(msg)
            return Introduction(
                title=_said(said, "name"),
                version=_said(said, "version"),
                author=_said(said, "author"),
                url=_said(said, "url", "author_url"),
                about=_said(said, "notes"),
            )
    return Introduction()


def _said(said: Mapping[str, Any], *keys: str) -> str | None:
    found = next((said[key] for key in keys if said.get(key)), None)
    return None if found is None else one_line(str(found))
