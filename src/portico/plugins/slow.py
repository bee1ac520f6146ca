"""Notices receivers that take long. Looks only while it is attached, and stops nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.signals import describe_receiver, tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals import SendReport, Undo


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
