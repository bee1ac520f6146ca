"""Takes the demo's mails with a server on loopback, and reads what it kept."""

from portico_portal.mailbox.store import MailStore, StoredMail

__all__ = ["MailStore", "StoredMail"]
