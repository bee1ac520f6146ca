"""What the portal refuses a person, below the errors of Portico; nothing here knows HTTP.

PorticoError
└── PortalError
    ├── ValidationError       fields that cannot be stored as they are
    ├── TooManyAttemptsError  a limit on attempts was reached
    ├── ResetLinkError        a reset link is expired, used or not ours
    └── MailError             the mail server is away or refused the mail
        └── RecipientRefusedError   it refused this one address
"""

from collections.abc import Mapping

from portico.errors import PorticoError


class PortalError(PorticoError):
    """Something a person asked of the portal that it cannot do."""


class ValidationError(PortalError):
    """Fields that cannot be stored as they are.

    Attributes:
        errors: one message for each refused field, by the name of the field.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


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
