"""Prints one line per send, without its payload, for people who watch a portal at work."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final, TextIO

from portico.signals import Mutex, Reception, SendReport, Undo, describe_receiver, tap

_DIM, _RED, _BOLD, _RESET = "\x1b[2m", "\x1b[31m", "\x1b[1m", "\x1b[0m"


class LiveLine:
    """A tap on every signal: time, signal, sender, then each receiver with its plugin, duration and outcome."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: Final = stream
        self._colour: Final = stream.isatty() and not os.environ.get("NO_COLOR")
        self._printing: Final = Mutex()
        self._detach: Undo | None = None

    def attach(self) -> None:
        """Begin to print; does nothing the second time."""
        if self._detach is None:
            self._detach = tap(self._print)

    def close(self) -> None:
        """Stop printing."""
        if self._detach is not None:
            self._detach()
            self._detach = None

    def _print(self, report: SendReport) -> None:
        line = self.format(report)
        with self._printing:
            self._stream.write(line + "\n")
            self._stream.flush()

    def format(self, report: SendReport) -> str:
        """Return the line for a send."""
        at = datetime.fromtimestamp(report.started_at).astimezone().strftime("%H:%M:%S.%f")[:-3]
        sender = _describe(report.masked_sender)
        if not report.receptions:
            return self._in(_DIM, f"{at}  {report.signal.label}  {sender}  nobody listens")
        receivers = "  ".join(map(self._reception, report.receptions))
        return f"{self._in(_DIM, at)}  {self._in(_BOLD, report.signal.label)}  {sender}  {receivers}"

    def _reception(self, reception: Reception) -> str:
        owner = reception.owner or "no plugin"
        name = describe_receiver(reception.receiver).rpartition(".")[2]
        said = f"{owner}/{name} {reception.duration_seconds * 1000:.1f} ms"
        if reception.error is None:
            return f"{said} ok"
        # The exception's message may quote the payload; its type does not.
        return self._in(_RED, f"{said} failed: {type(reception.error).__name__}")

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._colour else text


def _describe(sender: object) -> str:
    # A name may be typed by anybody: its repr cannot break the line or colour the terminal.
    if isinstance(sender, str | int | float) or sender is None:
        return ascii(sender) if isinstance(sender, str) and not sender.isprintable() else repr(sender)
    return sender.__qualname__ if isinstance(sender, type) else type(sender).__qualname__
