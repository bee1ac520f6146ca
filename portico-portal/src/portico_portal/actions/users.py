"""Defines the actions that create, change, show and list accounts."""

from typing import Any

from email_validator import EmailNotValidError
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from portico.builtin import user_created
from portico.errors import ConflictError, NotAuthorizedError, ValidationError
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, DataDict, sensitive, side_effect_free
from portico_portal.accounts import end_sessions_of, find_taken, normal_address, search_users, validation
from portico_portal.actions.actors import actor_of, find_user_by, session_of, store
from portico_portal.actions.fields import Fields
from portico_portal.context import passwords
from portico_portal.database import begin_writing, lock_rows
from portico_portal.models import User

PAGE_SIZE = 25
LARGEST_PAGE = 1000

OWN_ACCOUNT = "You cannot deactivate your own account; ask another administrator"
LAST_ADMINISTRATOR = "This is the last administrator; make another one first"


@sensitive("password")
def user_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Create an account for somebody; `user_created` is sent once it is committed.

    Fields: `name` and `email`, both unique however they are spelt; `full_name` and `is_admin`, which may be left out,
    as may `password`: it is then set by a reset link.
    """
    fields = Fields(data_dict)
    name, full_name, email = read_person(fields)
    password, is_admin = fields.secret("password"), fields.flag("is_admin")
    if password is not None:
        fields.add("password", validation.password_error(password, name))
    taken = find_taken(session_of(context), name, email)
    if not fields.errors and taken:
        raise ConflictError(taken)
    for field, message in taken.items():
        fields.errors[field] = message
    fields.check()
    hashing = passwords()
    user = add_account(
        context,
        name=name,
        full_name=full_name,
        email=email,
        password_hash=hashing.unusable_hash() if password is None else hashing.hash(password),
        is_admin=is_admin,
    )
    return as_dict(user)


def read_person(fields: Fields, *, public: bool = False) -> tuple[str, str, str]:
    """The name, the full name and the address in its normal form; what is wrong with them is noted in `fields`.

    Args:
        fields: of a new account.
        public: refuse an address that cannot be mailed from everywhere. An administrator knows their own network.
    """
    name, full_name, email = fields.text("name"), fields.text("full_name", required=False), fields.text("email")
    fields.add("name", validation.name_error(name))
    fields.add("full_name", validation.full_name_error(full_name))
    try:
        email = normal_address(email, public=public)
    except EmailNotValidError:
        fields.add("email", validation.EMAIL_RULE)
    return name, full_name, email


def add_account(context: Context, **values: Any) -> User:
    """Store an account with these values; `user_created` is sent once it is committed.

    Raises:
        ConflictError: its name or its address was taken meanwhile.
    """
    session, user = session_of(context), User(**values)
    begin_writing(session)
    try:
        # Of what the caller wrote before in this transaction nothing is lost when this is refused.
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        if taken := find_taken(session, user.name, user.email):
            raise ConflictError(taken) from None
        raise
    send_after_commit(session, user_created, user.name, user=user)
    store(context)
    return user


def user_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change an account. Fields: `id`, its number or name, and what is to change: `full_name`."""
    fields = Fields(data_dict)
    key = fields.key("id")
    full_name = fields.text("full_name", required=False) if "full_name" in data_dict else None
    if full_name is not None:
        fields.add("full_name", validation.full_name_error(full_name))
    fields.check()
    user = find_user_by(context, key)
    if full_name is not None:
        user.full_name = full_name
    store(context)
    return as_dict(user)


def user_activate(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open an account again. Field: `id`, its number or name."""
    return _switch(context, data_dict, active=True)


def user_deactivate(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close an account, and end its sessions. Field: `id`, its number or name; not one's own."""
    return _switch(context, data_dict, active=False)


@side_effect_free
def user_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Show an account. Field: `id`, its number or name."""
    fields = Fields(data_dict)
    key = fields.key("id")
    fields.check()
    return as_dict(find_user_by(context, key))


@side_effect_free
def user_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """List the accounts whose name, full name or address holds the words `q`, sorted by name.

    Fields: `q`, `limit` and `offset`; each may be left out. The result has `count`, of all that hold the words, and
    `users`, those of this page.
    """
    fields = Fields(data_dict)
    words = fields.text("q", required=False)
    limit = fields.number("limit", default=PAGE_SIZE, largest=LARGEST_PAGE)
    offset = fields.number("offset", default=0)
    fields.check()
    users, count = search_users(session_of(context), words, limit=limit, offset=offset)
    return {"count": count, "users": [as_dict(user) for user in users]}


def as_dict(user: User) -> dict[str, Any]:
    """What actions tell of an account: plain values, ready for JSON."""
    return {
        "id": user.id,
        "name": user.name,
        "full_name": user.full_name,
        "display_name": user.display_name,
        "email": user.email,
        "is_admin": user.is_admin,
        "is_active": user.is_active,
        "created_at": user.created_at.isoformat(),
    }


def _switch(context: Context, data_dict: DataDict, *, active: bool) -> dict[str, Any]:
    fields = Fields(data_dict)
    key = fields.key("id")
    fields.check()
    session, actor, user = session_of(context), actor_of(context), find_user_by(context, key)
    # Locked together, in one order: of two administrators who close one another at once, the second is told.
    involved = User.id.in_({user.id, actor.id if actor else user.id})
    admins = and_(User.is_admin, User.is_active)
    locked = lock_rows(session, select(User).where(or_(involved, admins)).order_by(User.id))
    if actor is not None and not actor.is_active:
        raise NotAuthorizedError("your account was closed")
    if not active:
        _check_closable(user, actor, locked)
        end_sessions_of(session, user)
    user.is_active = active
    store(context)
    return as_dict(user)


def _check_closable(user: User, actor: User | None, admins: list[User]) -> None:
    # Nobody might be left to open it.
    if actor is not None and user.id == actor.id:
        raise ValidationError({"id": OWN_ACCOUNT})
    others = [each for each in admins if each.id != user.id and each.is_admin and each.is_active]
    if user.is_admin and user.is_active and not others:
        raise ValidationError({"id": LAST_ADMINISTRATOR})
