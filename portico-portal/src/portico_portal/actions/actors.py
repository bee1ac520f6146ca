"""Reads from the context of an action who acts, and in which database session."""

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from portico.errors import ActionError, NotFoundError
from portico.toolkit import Context
from portico_portal.actions.fields import LARGEST_NUMBER, is_storable
from portico_portal.models import User


def session_of(context: Context) -> Session:
    """The session that the action reads and writes with.

    Raises:
        ActionError: there is none; outside of the portal the caller has to bring one.
    """
    session = context.get("session")
    if not isinstance(session, Session):
        raise ActionError("an action of the portal needs context['session'], a session of its database")
    return session


def actor_of(context: Context) -> User | None:
    """The active user who acts: `auth_user_obj`, or whom `user` names; None for somebody who is not signed in."""
    user = context.get("auth_user_obj")
    if not isinstance(user, User):
        name = context.get("user")
        if not name:
            return None
        user = session_of(context).scalar(select(User).where(User.name_key == str(name).casefold()))
    return user if user is not None and user.is_active else None


def find_user_by(context: Context, key: int | str) -> User:
    """The user of that number or name.

    Raises:
        NotFoundError: there is none.
    """
    session, user = session_of(context), None
    if isinstance(key, str) and is_storable(key):
        user = session.scalar(select(User).where(User.name_key == key.casefold()))
    elif isinstance(key, int) and 0 <= key <= LARGEST_NUMBER:
        user = session.get(User, key)
    if user is None:
        raise NotFoundError(f"there is no user {key!r}")
    return user


def store(context: Context) -> None:
    """Commit what was written; with `defer_commit` in the context that is left to the caller."""
    session = session_of(context)
    if context.get("defer_commit") is True:
        session.flush()
    else:
        session.commit()


def remote_address_of(context: Context) -> str:
    """Where the request came from, as far as it is known."""
    return cast("str", context.get("remote_address") or "")
