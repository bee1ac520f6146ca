"""What was sent and what became of it, seen from outside. Changes nothing about a send."""

from portico.observe.live_line import LiveLine

__all__ = ["LiveLine"]
