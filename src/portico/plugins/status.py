"""What can be said of a plugin to somebody who watches it. Plain values, safe to keep and to show."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from portico.signals import ANY, Subscription, describe_receiver

if TYPE_CHECKING:
    from collections.abc import Callable


class PluginState(StrEnum):
    """Whether a plugin is at work."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    FAILED = "failed"
    """It was to be enabled and could not; nothing of it is connected."""


class Stage(StrEnum):
    """Where in its life a plugin failed."""

    IMPORT = "import"
    MAPPING = "mapping"
    BOOTSTRAP = "bootstrap"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of a plugin."""

    at: datetime
    stage: Stage
    error: str
    """Type and message of the exception, in one line."""
    traceback: str
    signal: str | None = None
    """Which signal its receiver failed on."""
    receiver: str | None = None

    @classmethod
    def of(
        cls, stage: Stage, error: BaseException, *, signal: str | None = None, receiver: str | None = None
    ) -> Failure:
        """Take down an exception, now."""
        return cls(
            at=datetime.now(UTC),
            stage=stage,
            error=" ".join("".join(traceback.format_exception_only(error)).split()),
            traceback="".join(traceback.format_exception(error)),
            signal=signal,
            receiver=receiver,
        )


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """One connected subscription of a plugin."""

    signal: str
    """`namespace:name`."""
    receiver: str
    sender: str
    order: int

    @classmethod
    def of(cls, subscription: Subscription) -> SubscriptionStatus:
        """Describe a subscription."""
        return cls(
            signal=subscription.signal.label,
            receiver=describe_receiver(subscription.receiver),
            sender=_describe_sender(subscription.sender_key, subscription.sender_ref),
            order=subscription.order,
        )


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
    return f"{kind.__module__}.{kind.__qualname__}" + ("" if kind is sender else " object")
