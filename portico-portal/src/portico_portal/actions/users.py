"""Defines the actions that create, change, show and list accounts, and the models of what they take and return."""

from typing import Annotated, Any

from pydantic import ValidationInfo, field_validator
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from portico.builtin import user_created
from portico.errors import ConflictError, NotAuthorizedError, ValidationError
from portico.signals import Sensitive
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, returns, side_effect_free, takes
from portico_portal.accounts import end_sessions_of, find_taken, search_users, validation
from portico_portal.actions.actors import actor_of, find_user_by, session_of, store
from portico_portal.actions.fields import (
    Address,
    FullName,
    Key,
    Moment,
    Number,
    Password,
    Shown,
    Taken,
    Text,
    UserName,
    number,
    refusal,
    schema,
)
from portico_portal.context import passwords
from portico_portal.database import begin_writing, lock_rows
from portico_portal.models import User

PAGE_SIZE = 25
LARGEST_PAGE = 1000

OWN_ACCOUNT = "You cannot deactivate your own account; ask another administrator"
LAST_ADMINISTRATOR = "This is the last administrator; make another one first"


class Account(Shown):
    """What actions tell of an account."""

    id: int
    name: str
    full_name: str
    display_name: str
    email: str
    is_admin: bool
    is_active: bool
    created_at: Moment


class UserCreate(Taken):
    """A new account: who it is for, and what they may do."""

    name: UserName
    email: Address
    full_name: FullName = ""
    password: Sensitive[Password | None] = None
    is_admin: bool = False

    @field_validator("password")
    @classmethod
    def _differ_from_the_name(cls, password: str | None, others: ValidationInfo) -> str | None:
        # A name that was refused is not among the others.
        if password is not None and (words := validation.own_name_error(password, others.data.get("name", ""))):
            raise refusal(words)
        return password


class UserKey(Taken):
    """An account: its number, or its name."""

    id: Key


class UserUpdate(UserKey):
    """An account, and what is to change; what is left out stays."""

    full_name: FullName | None = None


class UserList(Taken):
    """What to look for, and which part of what is found to return."""

    q: Text = ""
    limit: Annotated[int, number(largest=LARGEST_PAGE), schema("integer", minimum=0, maximum=LARGEST_PAGE)] = PAGE_SIZE
    offset: Number = 0


class AccountPage(Shown):
    """Some of the accounts that were found, sorted by name."""

    count: int
    """Of all that were found."""
    users: list[Account]
    """Those of this page."""


@takes(UserCreate)
@returns(Account)
def user_create(context: Context, data: UserCreate) -> Account:
    """Create an account for somebody; `user_created` is sent once it is committed.

    `name` and `email` are unique however they are spelt. Without a `password` one is set by a reset link.

    Raises:
        ConflictError: the name or the address is taken.
    """
    if taken := find_taken(session_of(context), data.name, data.email):
        raise ConflictError(taken)
    hashing = passwords()
    user = add_account(
        context,
        name=data.name,
        full_name=data.full_name,
        email=data.email,
        password_hash=hashing.unusable_hash() if data.password is None else hashing.hash(data.password),
        is_admin=data.is_admin,
    )
    return Account.model_validate(user)


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


@takes(UserUpdate)
@returns(Account)
def user_update(context: Context, data: UserUpdate) -> Account:
    """Change an account; what is left out stays."""
    user = find_user_by(context, data.id)
    if data.full_name is not None:
        user.full_name = data.full_name
    store(context)
    return Account.model_validate(user)


@takes(UserKey)
@returns(Account)
def user_activate(context: Context, data: UserKey) -> Account:
    """Open an account again."""
    return _switch(context, data, active=True)


@takes(UserKey)
@returns(Account)
def user_deactivate(context: Context, data: UserKey) -> Account:
    """Close an account, and end its sessions; not one's own, and not the last administrator's."""
    return _switch(context, data, active=False)


@side_effect_free
@takes(UserKey)
@returns(Account)
def user_show(context: Context, data: UserKey) -> Account:
    """Show an account."""
    return Account.model_validate(find_user_by(context, data.id))


@side_effect_free
@takes(UserList)
@returns(AccountPage)
def user_list(context: Context, data: UserList) -> AccountPage:
    """List the accounts whose name, full name or address holds the words `q`, sorted by name.

    The result has `count`, of all that hold the words, and `users`, those of this page.
    """
    users, count = search_users(session_of(context), data.q, limit=data.limit, offset=data.offset)
    return AccountPage(count=count, users=[Account.model_validate(user) for user in users])


def _switch(context: Context, data: UserKey, *, active: bool) -> Account:
    session, actor, user = session_of(context), actor_of(context), find_user_by(context, data.id)
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
    return Account.model_validate(user)


def _check_closable(user: User, actor: User | None, admins: list[User]) -> None:
    # Nobody might be left to open it.
    if actor is not None and user.id == actor.id:
        raise ValidationError({"id": OWN_ACCOUNT})
    others = [each for each in admins if each.id != user.id and each.is_admin and each.is_active]
    if user.is_admin and user.is_active and not others:
        raise ValidationError({"id": LAST_ADMINISTRATOR})
