"""The demo's mailbox: a mail server on loopback that keeps what it gets, and a reader of what it kept."""

from portico_portal.mailbox.store import MailStore, StoredMail

__all__ = ["MailStore", "StoredMail"]
