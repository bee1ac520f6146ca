"""Defines the actions with which people make, list and revoke the tokens that programs call the API with."""

from typing import Any

from sqlalchemy import select

from portico.errors import NotAuthorizedError, NotFoundError
from portico.toolkit import Context, DataDict, sensitive, side_effect_free
from portico_portal.accounts import hash_token, new_token
from portico_portal.actions.actors import actor_of, session_of, store
from portico_portal.actions.fields import Fields
from portico_portal.database import lock_rows
from portico_portal.models import ApiToken, User

LABEL_LENGTH = 100


@sensitive("token")
def api_token_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a token for oneself. Field: `label`, what it is for. The result shows the `token`, this once."""
    fields = Fields(data_dict)
    label = fields.text("label")
    if len(label) > LABEL_LENGTH or not label.isprintable():
        fields.add("label", f"Use at most {LABEL_LENGTH} printable characters")
    fields.check()
    user, token = _owner(context), new_token()
    row = ApiToken(user_id=user.id, label=label, token_hash=hash_token(token), password_version=user.password_version)
    session_of(context).add(row)
    store(context)
    return as_dict(row) | {"token": token}


@side_effect_free
def api_token_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """List one's own tokens that work, the newest first."""
    Fields(data_dict).check()
    user = _owner(context)
    mine = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.password_version == user.password_version)
    return [as_dict(row) for row in session_of(context).scalars(mine.order_by(ApiToken.id.desc()))]


def api_token_revoke(context: Context, data_dict: DataDict) -> None:
    """Revoke one of one's own tokens: it stops working at once. Field: `id`, its number."""
    fields = Fields(data_dict)
    key = fields.number("id")
    fields.check()
    session, owner = session_of(context), _owner(context)
    # Locked: whoever revokes it twice at once hears the second time that it is gone.
    mine = lock_rows(session, select(ApiToken).where(ApiToken.id == key, ApiToken.user_id == owner.id))
    if not mine:
        raise NotFoundError(f"you have no API token {key}")
    session.delete(mine[0])
    store(context)


def as_dict(row: ApiToken) -> dict[str, Any]:
    """What actions tell of a token."""
    return {
        "id": row.id,
        "label": row.label,
        "created_at": row.created_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }


def _owner(context: Context) -> User:
    user = actor_of(context)
    if user is None:
        # Also with `ignore_auth`: a token is always somebody's.
        raise NotAuthorizedError("an API token belongs to a user; sign in first")
    return user
