"""Creates and changes accounts: every write to the users table but a new password. Knows no HTTP."""

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portico.builtin import user_created
from portico.portal.accounts import validation
from portico.portal.accounts.passwords import hash_password, unusable_password_hash
from portico.portal.errors import ValidationError
from portico.portal.models import User
from portico.sources.sqlalchemy import send_after_commit


def create_user(
    session: Session,
    *,
    name: str,
    email: str,
    password: str | None,
    full_name: str = "",
    is_admin: bool = False,
) -> User:
    """Create an account, and send `user_created` once it is committed.

    Args:
        session: its transaction is committed.
        name: unique whatever its case.
        email: unique whatever its case.
        password: None leaves the account without one, to be set by a reset link.
        full_name: as it is to be shown; may be empty.
        is_admin: may manage people and plugins.

    Raises:
        ValidationError: a field cannot be stored as it is, or the name or address is taken.
    """
    name, email, full_name = name.strip(), email.strip(), full_name.strip()
    checks = {
        "name": validation.name_error(name),
        "email": validation.email_error(email),
        "full_name": validation.full_name_error(full_name),
        "password": None if password is None else validation.password_error(password, name),
    }
    errors = {field: error for field, error in checks.items() if error}
    if errors := _taken(session, name, email) | errors:
        raise ValidationError(errors)
    user = User(
        name=name,
        email=email,
        full_name=full_name,
        password_hash=unusable_password_hash() if password is None else hash_password(password),
        is_admin=is_admin,
    )
    session.add(user)
    send_after_commit(session, user_created, user.name, user=user)
    try:
        session.commit()
    except IntegrityError:
        # Somebody took the name between our look and our write.
        session.rollback()
        if errors := _taken(session, name, email):
            raise ValidationError(errors) from None
        raise
    return user


def find_user(session: Session, name_or_email: str) -> User | None:
    """The user of that name or e-mail address, whatever its case, active or not."""
    key = name_or_email.strip().casefold()
    return session.scalar(select(User).where(or_(User.name_key == key, User.email_key == key)))


def search_users(session: Session, words: str, *, limit: int, offset: int = 0) -> tuple[list[User], int]:
    """One page of the users whose name, full name or address holds `words`, and how many there are."""
    condition = _holds(words.strip())
    total = session.scalar(select(func.count()).select_from(User).where(condition)) or 0
    page = select(User).where(condition).order_by(User.name_key).limit(limit).offset(offset)
    return list(session.scalars(page)), total


def change_full_name(session: Session, user: User, full_name: str) -> None:
    """Store how this person wants to be called.

    Raises:
        ValidationError: it is too long, or not printable.
    """
    full_name = full_name.strip()
    if error := validation.full_name_error(full_name):
        raise ValidationError({"full_name": error})
    user.full_name = full_name
    session.commit()


def set_active(session: Session, user: User, *, active: bool, by: User) -> None:
    """Open or close an account; closing it ends its sessions.

    Raises:
        ValidationError: administrators cannot close their own account: nobody might be left to open it.
    """
    if user.id == by.id and not active:
        raise ValidationError({"is_active": "You cannot deactivate your own account; ask another administrator"})
    user.is_active = active
    session.commit()


def _taken(session: Session, name: str, email: str) -> dict[str, str]:
    name_key, email_key = name.casefold(), email.casefold()
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
