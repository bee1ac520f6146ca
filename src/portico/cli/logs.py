"""Where log messages go when `portico` serves. Logs nothing itself."""

import copy
import logging
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class OneLine(logging.Formatter):
    """A message without its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The first line says what happened; the file beside it has the rest."""
        short = copy.copy(record)
        short.exc_info = short.exc_text = short.stack_info = None
        return super().format(short)


def log_to_terminal(*, file: Path | None = None) -> None:
    """Warnings and errors to the terminal; with `file`, their tracebacks only there."""
    terminal = logging.StreamHandler()
    formatter = OneLine if file else logging.Formatter
    terminal.setFormatter(formatter(FORMAT))
    handlers: list[logging.Handler] = [terminal]
    if file:
        full = logging.FileHandler(file, encoding="utf-8")
        full.setFormatter(logging.Formatter(FORMAT))
        handlers.append(full)
    logging.basicConfig(level=logging.WARNING, handlers=handlers)
    # It warns of each request that waits for a thread, and a browser sends several at once.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
