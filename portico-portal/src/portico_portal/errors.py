"""Declares what the portal refuses a person, beside what every action refuses (`ActionError`).

PorticoError
└── PortalError
    ├── TryLaterError         not now
    │   ├── TooManyAttemptsError  a limit on attempts was reached
    │   └── TooBusyError          more passwords are being hashed than this process can at once
    ├── ResetLinkError        a reset link is expired, used or not ours
    ├── SignUpLinkError       a sign-up link is expired, used or not ours
    └── MailError             the mail server is away or refused the mail
"""

from portico.errors import PorticoError


class PortalError(PorticoError):
    """Something a person asked of the portal that it cannot do."""


class TryLaterError(PortalError):
    """The portal does not do this now.

    Attributes:
        retry_after_seconds: when the next attempt is looked at again.
    """

    def __init__(self, reason: str, retry_after_seconds: int) -> None:
        super().__init__(f"{reason}; the next attempt is possible in {retry_after_seconds} seconds")
        self.retry_after_seconds = retry_after_seconds


class TooManyAttemptsError(TryLaterError):
    """A limit on attempts was reached."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts", retry_after_seconds)


class TooBusyError(TryLaterError):
    """More passwords are being hashed than this process can at once, and waiting for a turn took too long."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many people sign in at the moment", retry_after_seconds)


class ResetLinkError(PortalError):
    """A reset link is expired, was used, or was not made by this portal."""


class SignUpLinkError(PortalError):
    """A sign-up link is expired, was used, was not made by this portal, or its user name was taken meanwhile."""


class MailError(PortalError):
    """The mail server is away, or refused a mail."""
