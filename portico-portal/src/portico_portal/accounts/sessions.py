"""Begins, finds and ends the sessions of people who are signed in, for all processes of the portal."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portico_portal.accounts.attempts import CLOCKS_DIFFER
from portico_portal.models import User, UserSession


def begin_user_session(session: Session, user: User, *, now: datetime, lifetime: timedelta) -> str:
    """Store a session of `user` and return its number; those that are older than `lifetime` are removed."""
    outside = or_(UserSession.began_at <= now - lifetime, UserSession.began_at > now + CLOCKS_DIFFER)
    session.execute(delete(UserSession).where(outside))
    begun = UserSession(number=secrets.token_urlsafe(32), user_id=user.id, began_at=now)
    session.add(begun)
    session.commit()
    return begun.number


def find_session_user(session: Session, number: str, *, now: datetime, lifetime: timedelta) -> User | None:
    """The active user whose session has this number, or None: it was ended, or began longer than `lifetime` ago."""
    return session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.number == number,
            UserSession.began_at > now - lifetime,
            UserSession.began_at <= now + CLOCKS_DIFFER,
            User.is_active,
        )
    )


def end_user_session(session: Session, number: str) -> None:
    """End one session: every copy of its cookie is nobody's from now on."""
    session.execute(delete(UserSession).where(UserSession.number == number))
    session.commit()


def end_sessions_of(session: Session, user: User) -> None:
    """End every session of `user`, with the transaction of `session`."""
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
