"""Who may set a new password with a link. Sets none."""

from sqlalchemy.orm import Session

from portico.portal.accounts.reset_links import ResetLinks
from portico.portal.errors import ResetLinkError
from portico.portal.models import User


def find_resetting_user(session: Session, links: ResetLinks, token: str, *, lock: bool = False) -> User:
    """The user who may set a new password with this link.

    Args:
        session: it reads.
        links: what the link was made with.
        token: the end of the link.
        lock: read the row anew, and let nobody else change it before the session commits.

    Raises:
        ResetLinkError: it is expired, was used, was not made here, or the account was closed.
    """
    user_id, password_version = links.read(token)
    user = session.get(User, user_id, with_for_update=lock)
    if user is None or not user.is_active:
        raise ResetLinkError("the account of the reset link is closed")
    if user.password_version != password_version:
        raise ResetLinkError("the reset link was used")
    return user
