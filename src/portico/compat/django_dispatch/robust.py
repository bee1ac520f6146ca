"""Logs what fails in a robust send, where Django does and as it does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from portico.compat.facade_receiver import original
from portico.compat.turns import Turns
from portico.signals import describe_receiver, tell_observers

if TYPE_CHECKING:
    from portico.signals import Receiver, ReceiverFailure

logger: Final = logging.getLogger("django.dispatch")


def log_failure(receiver: Receiver, error: BaseException) -> None:
    """Log that a receiver failed."""
    name = getattr(receiver, "__qualname__", None) or describe_receiver(receiver)
    logger.error("Error calling %s in Signal.send_robust() (%s)", name, error, exc_info=error)


class RobustTurns(Turns):
    """A send that isolates every failure and logs it as Django does."""

    __slots__ = ()

    def report(self, failure: ReceiverFailure) -> None:
        """Take note of a failure."""
        log_failure(original(failure.receiver), failure.error)
        tell_observers(failure)
