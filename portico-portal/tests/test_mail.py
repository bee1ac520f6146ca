import logging
import socket
import time

import pytest

from portico_portal import Mail, Mailer, MailError, given_settings
from tests.mail_server import MailServer

MAIL = Mail(to="nora@example.org", subject="Grüße", body="Schöne Grüße\n")


def mailer(port: int, **settings: object) -> Mailer:
    return Mailer(given_settings(secret_key="k" * 32, smtp_port=port, **settings))


def test_a_mail_arrives_as_it_was_written(mail_server: MailServer) -> None:
    mailer(mail_server.port, mail_sender="portal@example.org").send(MAIL)

    (arrived,) = mail_server.mails
    assert (arrived["From"], arrived["To"], arrived["Subject"]) == ("portal@example.org", "nora@example.org", "Grüße")
    assert arrived.get_content().replace("\r\n", "\n") == "Schöne Grüße\n"
    assert arrived["Date"]
    assert arrived["Message-ID"].endswith("@example.org>")


def test_a_server_that_is_away_is_one_error(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = mailer(unused.getsockname()[1])

        with caplog.at_level(logging.ERROR), pytest.raises(MailError, match="ConnectionRefusedError"):
            away.send(MAIL)

    assert [record.getMessage() for record in caplog.records] == [
        "the mail server did not take a mail: ConnectionRefusedError"
    ]


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()

        with pytest.raises(MailError, match="SMTPServerDisconnected"):
            mailer(silent.getsockname()[1], smtp_timeout_seconds=0.2).send(MAIL)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
def test_a_server_that_refuses_is_one_error(mail_server: MailServer, command: str) -> None:
    mail_server.refusals[command] = "451 no space left"

    with pytest.raises(MailError, match="451"):
        mailer(mail_server.port).send(MAIL)


def test_an_address_that_is_refused_is_one_error_and_not_named(mail_server: MailServer) -> None:
    mail_server.refusals["RCPT"] = "550 no such user here"

    with pytest.raises(MailError, match=r"^the mail server refused the recipient \(code 550\)$"):
        mailer(mail_server.port).send(MAIL)


@pytest.mark.parametrize(
    "mail",
    [
        Mail(to="nora@example.org\nBcc: eve@example.org", subject="Hello", body=""),
        Mail(to="nora@example.org", subject="Hello\r\nBcc: eve@example.org", body=""),
    ],
)
def test_no_header_can_be_added_through_what_people_typed(mail_server: MailServer, mail: Mail) -> None:
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        mailer(mail_server.port).send(mail)

    assert mail_server.mails == []


def test_a_login_without_encryption_support_is_one_error(mail_server: MailServer) -> None:
    with pytest.raises(MailError):
        mailer(mail_server.port, smtp_user="portal", smtp_password="hunter2").send(MAIL)


def test_starttls_is_not_silently_left_out(mail_server: MailServer) -> None:
    with pytest.raises(MailError, match="SMTPNotSupportedError"):
        mailer(mail_server.port, smtp_security="starttls").send(MAIL)

    assert mail_server.mails == []
