"""What the portal refuses a person beside what every action refuses (`ActionError`); nothing here knows HTTP.

PorticoError
└── PortalError
    ├── TooManyAttemptsError  a limit on attempts was reached
    ├── ResetLinkError        a reset link is expired, used or not ours
    └── MailError             the mail server is away or refused the mail
        └── RecipientRefusedError   it refused this one address
"""

from portico.errors import PorticoError


class PortalError(PorticoError):
    """Something a person asked of the portal that it cannot do."""


class TooManyAttemptsError(PortalError):
    """A limit on attempts was reached.

    Attributes:
        retry_after_seconds: when the next attempt is looked at again.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"too many attempts; the next one is possible in {retry_after_seconds} seconds")
        self.retry_after_seconds = retry_after_seconds


class ResetLinkError(PortalError):
    """A reset link is expired, was used, or was not made by this portal."""


class MailError(PortalError):
    """The mail server is away, or refused a mail."""


class RecipientRefusedError(MailError):
    """The mail server works, and refused this one address."""
