"""Finds the account that somebody means by a name or an address."""

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portico_portal.accounts import validation
from portico_portal.accounts.addresses import mailbox_key
from portico_portal.models import User


def find_user(session: Session, name_or_email: str) -> User | None:
    """The user of that name or e-mail address, however it is spelt, active or not."""
    key = mailbox_key(name_or_email)
    return session.scalar(select(User).where(or_(User.name_key == key, User.email_key == key)))


def search_users(session: Session, words: str, *, limit: int, offset: int = 0) -> tuple[list[User], int]:
    """One page of the users whose name, full name or address holds `words`, and how many there are."""
    condition = _holds(words.strip())
    total = session.scalar(select(func.count()).select_from(User).where(condition)) or 0
    page = select(User).where(condition).order_by(User.name_key).limit(limit).offset(offset)
    return list(session.scalars(page)), total


def find_taken(session: Session, name: str, email: str) -> dict[str, str]:
    """What a new account of this name and address would clash with: one message for each field."""
    name_key, email_key = name.casefold(), mailbox_key(email)
    found = session.scalars(select(User).where(or_(User.name_key == name_key, User.email_key == email_key))).all()
    errors = {}
    if any(user.name_key == name_key for user in found):
        errors["name"] = validation.NAME_TAKEN
    if any(user.email_key == email_key for user in found):
        errors["email"] = validation.EMAIL_TAKEN
    return errors


def _holds(words: str) -> ColumnElement[bool]:
    key = words.casefold()
    return or_(
        User.name_key.contains(key, autoescape=True),
        User.email_key.contains(key, autoescape=True),
        User.full_name.icontains(words, autoescape=True),
    )
