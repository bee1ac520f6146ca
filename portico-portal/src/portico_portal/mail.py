"""Hands mails to the configured SMTP server."""

import logging
import smtplib
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NoReturn

from portico_portal.errors import MailError
from portico_portal.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mail:
    """One plain-text mail to one person."""

    to: str
    subject: str
    body: str


class Mailer:
    """The way to the mail server of one portal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Send one mail; returning means that the server took responsibility for it.

        Raises:
            MailError: the server is away, or refuses us, the address or the mail.
        """
        message = self._message(mail)
        try:
            with closing(self._open()) as smtp:
                smtp.send_message(message, self._settings.mail_sender, [mail.to])
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code, _reason = error.recipients[mail.to]
            raise MailError(f"the mail server refused the recipient (code {code})") from error
        except (smtplib.SMTPException, OSError) as error:
            _fail(error)

    def _message(self, mail: Mail) -> EmailMessage:
        # EmailMessage refuses a line break in a header: nobody can add headers through a name or an address.
        sender = self._settings.mail_sender
        message = EmailMessage()
        message["From"] = sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=_domain(sender))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        us = _domain(settings.mail_sender)
        timeout = settings.smtp_timeout_seconds
        if settings.smtp_security == "tls":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, us, timeout=timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(settings.smtp_host, settings.smtp_port, us, timeout=timeout)
        try:
            self._greet(smtp)
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        settings = self._settings
        smtp.ehlo_or_helo_if_needed()
        if settings.smtp_security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            smtp.login(settings.smtp_user, settings.smtp_password.get_secret_value() if settings.smtp_password else "")


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _fail(error: Exception) -> NoReturn:
    # The replies of a server may repeat addresses: its code and the kind of failure are enough to look there.
    code = getattr(error, "smtp_code", None)
    reason = f"{type(error).__name__} {code}" if code else f"{type(error).__name__}"
    log.error("the mail server did not take a mail: %s", reason)
    raise MailError(f"the mail server did not take the mail ({reason})") from error
