"""Makes text of strangers fit for a page, a terminal and a log: what cannot be printed is escaped as in a `repr`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


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
