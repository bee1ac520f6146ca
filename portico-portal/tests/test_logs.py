"""What stands in the terminal and in the file while `portico` serves."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from portico_portal.logs import FORMAT, Escaping, OneLine

EVIL = "torn\nERROR root: forged\x1b[2J\udce9"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What a log with tracebacks gets."""
    text = StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(Escaping(FORMAT))
    logging.getLogger().addHandler(handler)
    yield text
    logging.getLogger().removeHandler(handler)


def test_only_a_record_begins_at_the_start_of_a_line(log: StringIO) -> None:
    error = LookupError(EVIL)

    logging.getLogger("acme").error("failed for %s", EVIL, exc_info=error)

    first, *others = log.getvalue().splitlines()
    assert "ERROR acme: failed for torn" in first
    assert any("forged\\x1b[2J\\udce9" in line for line in others)
    assert all(line.startswith("  ") for line in others)


def test_a_short_log_has_no_traceback() -> None:
    error = LookupError(EVIL)
    record = logging.makeLogRecord({"msg": "failed", "exc_info": (LookupError, error, None), "exc_text": "Traceback"})

    assert OneLine("%(message)s").format(record) == "failed"
    assert record.exc_text == "Traceback"
