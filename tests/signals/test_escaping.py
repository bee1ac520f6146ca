import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from portico.signals import Namespace, log_failure, one_line, traceback_of

EVIL = "gone\n2026-01-01 ERROR root: all is lost\x1b[2J\udce9\r\u202e"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What a log of the usual form gets."""
    text = StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    yield text
    logging.getLogger().removeHandler(handler)


def failing() -> None:
    try:
        int("the first\nERROR root: one")
    except ValueError as error:
        second = RuntimeError(EVIL)
        second.add_note("a note\nERROR root: another")
        raise second from error


def test_a_text_of_one_line_can_be_written_in_utf_8_and_moves_no_cursor() -> None:
    line = one_line(EVIL)

    assert line == "gone 2026-01-01 ERROR root: all is lost\\x1b[2J\\udce9 \\u202e"
    assert line.encode().decode().isprintable()


@pytest.mark.parametrize("text", ["", "déjà vu, 日本 🙂", "a 'quoted' \\ text"])
def test_what_can_be_printed_is_left_as_it_is(text: str) -> None:
    assert one_line(text) == text


def test_a_traceback_keeps_its_lines_and_loses_what_cannot_be_printed() -> None:
    with pytest.raises(RuntimeError) as caught:
        failing()

    told = traceback_of(caught.value)

    assert told.startswith("Traceback (most recent call last):\n")
    assert "\\x1b[2J\\udce9\\r\\u202e" in told
    assert all(line.isprintable() for line in told.split("\n"))


def test_no_line_of_an_exception_can_be_taken_for_a_record_of_the_log(log: StringIO) -> None:
    with pytest.raises(RuntimeError) as caught:
        failing()

    log_failure(logging.getLogger("acme"), "it failed in %s", "a receiver", error=caught.value)

    first, *others = log.getvalue().splitlines()
    assert first == "ERROR acme: it failed in a receiver"
    assert len(others) > 10
    assert all(line.startswith("  ") for line in others)
    assert "\x1b" not in log.getvalue()


def test_the_record_carries_the_exception_and_the_place_that_logged_it(caplog: pytest.LogCaptureFixture) -> None:
    error = RuntimeError(EVIL)

    log_failure(logging.getLogger("acme"), "it failed", error=error)

    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert (record.filename, record.levelname) == ("test_escaping.py", "ERROR")


def test_a_logger_that_is_off_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("acme.off")
    logger.setLevel(logging.CRITICAL)

    log_failure(logger, "it failed", error=RuntimeError())

    assert caplog.records == []


def test_a_failing_receiver_forges_no_line_of_the_log(log: StringIO) -> None:
    @Namespace("acme-printable").signal(policy="isolate")
    def happened(sender: object, /) -> None: ...

    def fail(_sender: object) -> None:
        raise RuntimeError(EVIL)

    with happened.connected_to(fail):
        happened.send(None)

    assert [line for line in log.getvalue().splitlines() if "all is lost" in line and not line.startswith("  ")] == []
    assert "\x1b" not in log.getvalue()
