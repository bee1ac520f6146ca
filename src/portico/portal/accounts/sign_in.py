"""Decides whether a name and a password belong to an active account. Starts no session."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portico.builtin import failed_login
from portico.portal.accounts.attempts import AttemptLimit
from portico.portal.accounts.passwords import verify_password
from portico.portal.accounts.people import find_user
from portico.portal.models import User

SIGN_IN_LIMIT = AttemptLimit("sign-in", per_pair=5, per_subject=50, per_address=30, window=timedelta(minutes=15))


def authenticate(
    session: Session,
    name_or_email: str,
    password: str,
    *,
    address: str,
    now: datetime,
    refused_passwords: frozenset[str] = frozenset(),
) -> User | None:
    """The active user whom this password belongs to, or None.

    A failed attempt sends `failed_login` once, with the name as typed, and takes as long for somebody unknown
    as for a wrong password. An attempt beyond the limit is refused without looking at it: it is neither a
    failed login nor sent as one, so that a flood of them cannot flood the receivers.

    Raises:
        TooManyAttemptsError: too many failures of this name, this address or both.
    """
    SIGN_IN_LIMIT.enter(session, name_or_email, address, now=now)
    user = find_user(session, name_or_email)
    fits = verify_password(user.password_hash if user else None, password)
    if user is None or not fits or not user.is_active or password in refused_passwords:
        failed_login.send(name_or_email)
        return None
    SIGN_IN_LIMIT.forgive(session, name_or_email, address)
    return user
