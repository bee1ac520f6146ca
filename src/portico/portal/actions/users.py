"""The actions that create, change, show and list accounts."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from portico.builtin import user_created
from portico.errors import ConflictError, ValidationError
from portico.portal.accounts import find_taken, search_users, validation
from portico.portal.accounts.passwords import hash_password, unusable_password_hash
from portico.portal.actions.acting import actor_of, find_user_by, session_of, store
from portico.portal.actions.fields import Fields
from portico.portal.models import User
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, DataDict, sensitive, side_effect_free

PAGE_SIZE = 25
LARGEST_PAGE = 1000

NO_PASSWORD = "Choose a password"  # noqa: S105 - a message, no secret
OWN_ACCOUNT = "You cannot deactivate your own account; ask another administrator"


@sensitive("password")
def user_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Create an account; `user_created` is sent once it is committed.

    Fields: `name` and `email`, both unique whatever their case; `password`; `full_name`, which may be left out;
    `is_admin`, for administrators. An administrator may leave out the password: it is then set by a reset link.
    """
    fields = Fields(data_dict)
    name, email = fields.text("name"), fields.text("email")
    full_name, password = fields.text("full_name", required=False), fields.secret("password")
    is_admin = fields.flag("is_admin")
    fields.add("name", validation.name_error(name))
    fields.add("email", validation.email_error(email))
    fields.add("full_name", validation.full_name_error(full_name))
    if password is not None:
        fields.add("password", validation.password_error(password, name))
    elif not _may_leave_out_password(context):
        fields.add("password", NO_PASSWORD)
    session = session_of(context)
    taken = find_taken(session, name, email)
    if not fields.errors and taken:
        raise ConflictError(taken)
    for field, message in taken.items():
        fields.errors[field] = message
    fields.check()
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
        store(context)
    except IntegrityError:
        # Somebody took the name between our look and our write.
        session.rollback()
        if taken := find_taken(session, name, email):
            raise ConflictError(taken) from None
        raise
    return as_dict(user)


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
    user = find_user_by(context, key)
    actor = actor_of(context)
    if actor is not None and user.id == actor.id and not active:
        # Nobody might be left to open it.
        raise ValidationError({"id": OWN_ACCOUNT})
    user.is_active = active
    store(context)
    return as_dict(user)


def _may_leave_out_password(context: Context) -> bool:
    actor = actor_of(context)
    return context.get("ignore_auth") is True or (actor is not None and actor.is_admin)
