"""Sets up where log messages go while the portal serves."""

import copy
import logging
from pathlib import Path
from typing import Any

from portico.signals import printable

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Escaping(logging.Formatter):
    """Escapes what cannot be printed; only a record begins at the start of a line, whatever its message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The record, and not what another formatter has made of its traceback."""
        fresh = copy.copy(record)
        if fresh.exc_info:
            fresh.exc_text = None
        return super().format(fresh)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        """The traceback, indented."""
        return _indented("  " + super().formatException(ei))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line, and further ones of its message indented."""
        return _indented(super().formatMessage(record))


class OneLine(Escaping):
    """A message without its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The first line says what happened; the file beside it has the rest."""
        short = copy.copy(record)
        short.exc_info = short.exc_text = short.stack_info = None
        return super().format(short)


def log_to_terminal(*, file: Path | None = None) -> None:
    """Warnings and errors to the terminal; with `file`, their tracebacks only there."""
    terminal = logging.StreamHandler()
    formatter = OneLine if file else Escaping
    terminal.setFormatter(formatter(FORMAT))
    handlers: list[logging.Handler] = [terminal]
    if file:
        full = logging.FileHandler(file, encoding="utf-8")
        full.setFormatter(Escaping(FORMAT))
        handlers.append(full)
    logging.basicConfig(level=logging.WARNING, handlers=handlers)
    # It warns of each request that waits for a thread, and a browser sends several at once.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _indented(text: str) -> str:
    return printable(text).replace("\n", "\n  ")
