import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from portico_portal.mailbox import MailStore


@pytest.fixture
def mailbox_process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "portico_portal.mailbox", str(tmp_path / "mails")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def send(port: int, subject: str, date: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "portal@example.org", "nora@example.org"
    message["Subject"], message["Date"] = subject, date
    message.set_content("Schöne Grüße\n")
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=10) as smtp:
        smtp.send_message(message)


def test_what_the_server_took_can_be_read_newest_first(mailbox_process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert mailbox_process.stdout is not None
    port = int(mailbox_process.stdout.readline())
    send(port, "Grüße", "Sat, 21 Nov 2026 10:00:00 +0100")
    send(port, "later", "Sat, 21 Nov 2026 10:00:01 +0100")

    later, earlier = MailStore(tmp_path / "mails").list()

    assert (later.subject, earlier.subject) == ("later", "Grüße")
    assert (earlier.to, earlier.body) == ("nora@example.org", "Schöne Grüße\n")
    assert earlier.at.isoformat() == "2026-11-21T09:00:00+00:00"
    assert MailStore(tmp_path / "mails").get(earlier.key) == earlier


def test_the_server_ends_when_the_process_that_started_it_is_gone(mailbox_process: subprocess.Popen[str]) -> None:
    assert mailbox_process.stdout is not None
    assert mailbox_process.stdin is not None
    mailbox_process.stdout.readline()

    mailbox_process.stdin.close()

    assert mailbox_process.wait(timeout=20) == 0


def test_a_mailbox_that_nobody_wrote_to_is_empty(tmp_path: Path) -> None:
    assert MailStore(tmp_path / "nowhere").list() == []
    assert MailStore(tmp_path / "nowhere").get("x") is None


def test_a_key_cannot_lead_out_of_the_mailbox(mailbox_process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert mailbox_process.stdout is not None
    send(int(mailbox_process.stdout.readline()), "mail", "Sat, 21 Nov 2026 10:00:00 +0100")
    (tmp_path / "secret").write_text("From: x\n\nsecret\n")

    assert MailStore(tmp_path / "mails").get("../../secret") is None
