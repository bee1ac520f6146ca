"""Decides who may set a new password with the link of a mail."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portico_portal.accounts.links import ResetLinks
from portico_portal.database import lock_rows
from portico_portal.errors import ResetLinkError
from portico_portal.models import User


def find_resetting_user(session: Session, links: ResetLinks, token: str, *, lock: bool = False) -> User:
    """The user who may set a new password with this link.

    Args:
        session: it reads.
        links: what the link was made with.
        token: the end of the link.
        lock: let nobody else change the user before the session commits.

    Raises:
        ResetLinkError: it is expired, was used, was not made here, or the account was closed.
    """
    user_id, password_version = links.read(token)
    rows = select(User).where(User.id == user_id)
    user = next(iter(lock_rows(session, rows)), None) if lock else session.scalar(rows)
    if user is None or not user.is_active:
        raise ResetLinkError("the account of the reset link is closed")
    if user.password_version != password_version:
        raise ResetLinkError("the reset link was used")
    return user
