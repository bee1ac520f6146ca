"""Decides whether a name and a password belong to an active account."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portico.builtin import failed_login
from portico_portal.accounts.addresses import mailbox_key
from portico_portal.accounts.attempts import AttemptLimit
from portico_portal.accounts.passwords import Passwords
from portico_portal.accounts.people import find_user
from portico_portal.errors import TooBusyError
from portico_portal.models import User

SIGN_IN_LIMIT = AttemptLimit("sign-in", per_pair=5, per_subject=50, per_address=30, window=timedelta(minutes=15))


def authenticate(
    session: Session,
    name_or_email: str,
    password: str,
    *,
    passwords: Passwords,
    address: str,
    now: datetime,
    refused_passwords: frozenset[str] = frozenset(),
) -> User | None:
    """The active user whom this password belongs to, or None.

    A failed attempt sends `failed_login` once, with the name as typed, and takes as long for somebody unknown
    as for a wrong password. An attempt beyond the limit is refused without looking at it: it is neither a
    failed login nor sent as one, so that a flood of them cannot flood the receivers.

    Raises:
        TooManyAttemptsError: too many failures of this account, this address or both.
        TooBusyError: the password was not looked at, as too many others are; the attempt does not count.
    """
    user = find_user(session, name_or_email)
    # Its name and its address are two ways to one account, which one counter protects.
    subject = user.name_key if user else mailbox_key(name_or_email)
    attempt = SIGN_IN_LIMIT.enter(session, subject, address, now=now)
    try:
        fits = passwords.verify(user.password_hash if user else None, password)
    except TooBusyError:
        SIGN_IN_LIMIT.withdraw(session, attempt)
        raise
    if user is None or not fits or not user.is_active or password in refused_passwords:
        failed_login.send(name_or_email)
        return None
    SIGN_IN_LIMIT.forgive(session, subject, address)
    return user
