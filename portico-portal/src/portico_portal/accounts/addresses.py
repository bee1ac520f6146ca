"""Brings e-mail addresses to one spelling for each mailbox."""

import unicodedata

from email_validator import EmailNotValidError, validate_email


def normal_address(email: str, *, public: bool = False) -> str:
    """The address as it is stored: compatible characters made one (NFKC), its domain in ASCII (IDNA).

    Nobody is asked whether the domain takes mail: only a mail can tell, and a name server that is slow or away
    would decide who may have an account.

    Args:
        email: as somebody typed it.
        public: refuse a domain that the public network cannot have, such as `intranet` or `127.0.0.1`.

    Raises:
        EmailNotValidError: it is no address, or one that cannot be mailed.
    """
    found = validate_email(
        unicodedata.normalize("NFKC", email),
        check_deliverability=False,
        globally_deliverable=public,
        allow_smtputf8=False,
    )
    return str(found.ascii_email)


def mailbox_key(text: str) -> str:
    """What tells mailboxes, and names, apart, whatever their case; what is no address is folded as it is."""
    try:
        return normal_address(text.strip()).casefold()
    except EmailNotValidError:
        return text.strip().casefold()
