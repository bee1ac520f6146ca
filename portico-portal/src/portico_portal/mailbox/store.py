"""Reads the Maildir in which the demo's mail server stores mails."""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path


@dataclass(frozen=True)
class StoredMail:
    """One mail as it arrived.

    Attributes:
        key: finds it again.
        at: when it was sent, aware UTC.
        sender: the From header.
        to: the To header.
        subject: decoded.
        body: the plain text.
    """

    key: str
    at: datetime
    sender: str
    to: str
    subject: str
    body: str


class MailStore:
    """The mails in one Maildir, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[StoredMail]:
        """Every mail, newest first."""
        maildir = self._open()
        if maildir is None:
            return []
        mails = [_read(key, maildir.get_bytes(key)) for key in maildir.iterkeys()]
        # The name of a Maildir file begins with the second and the microsecond of its delivery.
        return sorted(mails, key=lambda mail: (mail.at, mail.key), reverse=True)

    def get(self, key: str) -> StoredMail | None:
        """One mail, or None."""
        maildir = self._open()
        if maildir is None or key not in maildir.keys():  # noqa: SIM118 - `in maildir` would take any path
            return None
        return _read(key, maildir.get_bytes(key))

    def _open(self) -> mailbox.Maildir | None:
        return mailbox.Maildir(self._folder, create=False) if self._folder.is_dir() else None


def _read(key: str, raw: bytes) -> StoredMail:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    text = message.get_body(("plain",))
    return StoredMail(
        key=key,
        at=_date(message),
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        body=text.get_content() if text is not None else "",
    )


def _date(message: EmailMessage) -> datetime:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
