"""Defines the actions with which people make, list and revoke the tokens that programs call the API with."""

from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy import select

from portico.errors import NotAuthorizedError, NotFoundError
from portico.signals import Sensitive
from portico.toolkit import Context, returns, side_effect_free, takes
from portico_portal.accounts import hash_token, new_token
from portico_portal.actions.actors import actor_of, session_of, store
from portico_portal.actions.fields import Moment, Nothing, Number, Shown, Taken, Text, given, ruled, schema
from portico_portal.database import lock_rows
from portico_portal.models import ApiToken, User

LABEL_LENGTH = 100

Label = Annotated[
    Text,
    AfterValidator(given),
    ruled(
        lambda label: (
            f"Use at most {LABEL_LENGTH} printable characters"
            if len(label) > LABEL_LENGTH or not label.isprintable()
            else None
        )
    ),
    schema("string", minLength=1, maxLength=LABEL_LENGTH),
]


class Token(Shown):
    """What actions tell of a token."""

    id: int
    label: str
    created_at: Moment
    last_used_at: Moment | None


class NewToken(Token):
    """A token that was just made: it shows itself this once."""

    token: Sensitive[str]


class TokenCreate(Taken):
    """What the token is for."""

    label: Label


class TokenKey(Taken):
    """The number of one's own token."""

    id: Number


@takes(TokenCreate)
@returns(NewToken)
def api_token_create(context: Context, data: TokenCreate) -> NewToken:
    """Make a token for oneself. The result shows the `token`, this once."""
    user, token = _owner(context), new_token()
    row = ApiToken(
        user_id=user.id, label=data.label, token_hash=hash_token(token), password_version=user.password_version
    )
    session_of(context).add(row)
    store(context)
    return NewToken(**Token.model_validate(row).__dict__, token=token)


@side_effect_free
@takes(Nothing)
@returns(list[Token])
def api_token_list(context: Context, data: Nothing) -> list[Token]:  # noqa: ARG001 - every one is called alike
    """List one's own tokens that work, the newest first."""
    user = _owner(context)
    mine = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.password_version == user.password_version)
    return [Token.model_validate(row) for row in session_of(context).scalars(mine.order_by(ApiToken.id.desc()))]


@takes(TokenKey)
@returns(None)
def api_token_revoke(context: Context, data: TokenKey) -> None:
    """Revoke one of one's own tokens: it stops working at once."""
    session, owner = session_of(context), _owner(context)
    # Locked: whoever revokes it twice at once hears the second time that it is gone.
    mine = lock_rows(session, select(ApiToken).where(ApiToken.id == data.id, ApiToken.user_id == owner.id))
    if not mine:
        raise NotFoundError(f"you have no API token {data.id}")
    session.delete(mine[0])
    store(context)


def _owner(context: Context) -> User:
    user = actor_of(context)
    if user is None:
        # Also with `ignore_auth`: a token is always somebody's.
        raise NotAuthorizedError("an API token belongs to a user; sign in first")
    return user
