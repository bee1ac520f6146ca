"""Makes the tokens that programs call the API with, and finds out whose one is; only digests of them are stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portico_portal.models import ApiToken, User

# So that a person, and whatever looks for leaked secrets, knows one when it is seen.
PREFIX = "portico_"
# To the hour is what somebody needs who wonders whether a token is in use; more would be a write for every call.
USE_NOTED_EVERY = timedelta(hours=1)


def new_token() -> str:
    """A token nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is stored of a token. Quick to make: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def user_of_token(session: Session, token: str, *, now: datetime) -> User | None:
    """The active user whose token it is, or None; when it was used is noted at once, in a transaction of its own.

    A token ends with the password that its owner had when it was made, as sessions do.
    """
    row = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    user = session.get(User, row.user_id) if row else None
    if row is None or user is None or not user.is_active or user.password_version != row.password_version:
        return None
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        noted = update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now)
        with session.get_bind().engine.begin() as connection:
            connection.execute(noted)
        session.refresh(row, ["last_used_at"])
    return user
