"""Declares the signals in the life of an account.

Payloads carry the user, never a password or a link that stands for one.
"""

from portico.builtin.namespaces import core
from portico.builtin.types import User


@core.signal(policy="isolate", since="0.1")
def user_created(user_name: str, /, *, user: User) -> None:
    """Sent after an account was committed: its id is set, and any other connection can read it."""


@core.signal(policy="isolate", since="0.1")
def user_logged_in(app: object, /, *, user: User) -> None:
    """Sent when a person has signed in; not for API tokens. The sender is the application object."""


@core.signal(policy="isolate", since="0.1")
def user_logged_out(app: object, /, *, user: User) -> None:
    """Sent when a person has signed out. The sender is the application object."""


@core.signal(policy="isolate", since="0.1")
def failed_login(name_as_typed: str, /) -> None:
    """Sent once per failed attempt to sign in: unknown name, inactive account or wrong password.

    The sender is what was typed as the name, which need not be anybody's.
    """


@core.signal(policy="isolate", since="0.1")
def request_password_reset(user_name: str, /, *, user: User) -> None:
    """Sent right after the mail server has accepted the mail with the reset link."""


@core.signal(policy="isolate", since="0.1")
def perform_password_reset(user_name: str, /, *, user: User) -> None:
    """Sent after the new password was committed."""
