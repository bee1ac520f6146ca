"""Decides who may call each of the portal's actions, one function for each."""

from typing import Any

from portico.errors import NotFoundError
from portico.toolkit import Context, DataDict, auth_allow_anonymous_access
from portico_portal.actions.actors import actor_of, find_user_by
from portico_portal.context import current_portal

Verdict = dict[str, Any]

YES: Verdict = {"success": True}
ADMINS_ONLY: Verdict = {"success": False, "msg": "only administrators may do this"}


@auth_allow_anonymous_access
def sign_up(context: Context, data_dict: DataDict) -> Verdict:  # noqa: ARG001 - every one is called alike
    """Everybody, where the portal lets people make their own accounts."""
    return {"success": current_portal.settings.allow_sign_up, "msg": "accounts are made by an administrator"}


def user_update(context: Context, data_dict: DataDict) -> Verdict:
    """Oneself, and administrators."""
    return _oneself_or_admin(context, data_dict)


def user_show(context: Context, data_dict: DataDict) -> Verdict:
    """Oneself, and administrators."""
    return _oneself_or_admin(context, data_dict)


def admins_only(context: Context, data_dict: DataDict) -> Verdict:  # noqa: ARG001 - every one is called alike
    """Administrators."""
    actor = actor_of(context)
    return YES if actor is not None and actor.is_admin else ADMINS_ONLY


def signed_in(context: Context, data_dict: DataDict) -> Verdict:  # noqa: ARG001 - every one is called alike
    """Whoever has an active account."""
    return {"success": actor_of(context) is not None, "msg": "sign in first"}


@auth_allow_anonymous_access
def anybody(context: Context, data_dict: DataDict) -> Verdict:  # noqa: ARG001 - every one is called alike
    """Everybody: the action itself asks for proof, or gives nothing away."""
    return YES


def _oneself_or_admin(context: Context, data_dict: DataDict) -> Verdict:
    actor = actor_of(context)
    if actor is None:
        return {"success": False, "msg": "sign in first"}
    if actor.is_admin:
        return YES
    key = data_dict.get("id")
    try:
        oneself = isinstance(key, int | str) and find_user_by(context, key).id == actor.id
    except NotFoundError:
        oneself = False  # Who may not look is not told either that nobody is there.
    return YES if oneself else {"success": False, "msg": "you may do this with your own account only"}
