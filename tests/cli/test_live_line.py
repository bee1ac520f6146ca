import io
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from portico.cli import LiveLine
from portico.signals import Namespace, Ownership, Sensitive

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")

_numbers = count()


@pytest.fixture
def acme() -> Namespace:
    return Namespace(f"acme-live-line-{next(_numbers)}")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    line = LiveLine(stream)
    line.attach()
    yield stream
    line.close()


def test_a_send_is_one_line_of_time_signal_sender_and_what_each_receiver_made_of_it(
    acme: Namespace, stream: io.StringIO
) -> None:
    @acme.signal(policy="isolate")
    def happened(region: str, /) -> None: ...

    def record(region: str) -> None: ...

    def fail(region: str) -> None:
        raise LookupError("a private value")

    happened.connect(record)
    with Ownership("flaky", rank=1):
        happened.connect(fail)

    happened.send("eu")

    (line,) = stream.getvalue().splitlines()
    pattern = (
        rf"\d\d:\d\d:\d\d\.\d\d\d  {acme.name}:happened  'eu'  no plugin/record \d+\.\d ms ok  "
        r"flaky/fail \d+\.\d ms failed: LookupError"
    )
    assert re.fullmatch(pattern, line), line


def test_a_send_that_nobody_hears_is_shown_too(acme: Namespace, stream: io.StringIO) -> None:
    acme.signal("happened").send(Namespace)

    assert stream.getvalue().rstrip().endswith(f"{acme.name}:happened  Namespace  nobody listens")


def test_neither_payload_nor_message_is_shown(acme: Namespace, stream: io.StringIO) -> None:
    def receive(sender: object, **payload: Any) -> str:
        return "secret"

    signal = acme.signal("happened")
    signal.connect(receive)

    signal.send(1, password="secret")

    assert "secret" not in stream.getvalue()


def test_a_sender_that_somebody_typed_cannot_break_the_line_or_colour_the_terminal(
    acme: Namespace, stream: io.StringIO
) -> None:
    acme.signal("happened").send("jane\n\x1b[31mroot\u202e")

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_after_close_nothing_is_printed(acme: Namespace) -> None:
    stream = io.StringIO()
    line = LiveLine(stream)
    line.attach()
    line.attach()

    acme.signal("happened").send()
    line.close()
    line.close()
    acme.signal("happened").send()

    assert len(stream.getvalue().splitlines()) == 1


def test_a_sensitive_sender_is_masked(acme: Namespace, stream: io.StringIO) -> None:
    @acme.signal
    def key_used(key: Sensitive[str], /, *, pin: Sensitive[str]) -> None: ...

    key_used.send("hunter2", pin="hunter3")

    assert "hunter" not in stream.getvalue()
    assert "  '***'  nobody listens" in stream.getvalue()
