"""Finds out who acts in this request, and makes the context that actions get from it."""

from flask import g, has_app_context, has_request_context, request

from portico.toolkit import Context
from portico_portal.context import request_session
from portico_portal.models import User
from portico_portal.web.login import signed_in_user


def act_for(user: User) -> None:
    """Let this request act for the owner of an API token; whom its session cookie belongs to does not count."""
    g.api_user = user


def acting_user() -> User | None:
    """The user whom this request acts for, or None."""
    user: User | None = g.get("api_user")
    return user or signed_in_user()


def acting_context(context: Context) -> Context:
    """What an action's context gets where its caller leaves it out: the session, and the person as a whole."""
    if not has_app_context():
        return {}
    filled: Context = {}
    if "session" not in context:
        filled["session"] = request_session()
    if not has_request_context():
        return filled
    filled["remote_address"] = request.remote_addr or ""
    if "user" not in context and "auth_user_obj" not in context:
        user = acting_user()
        filled |= {"user": user.name if user else "", "auth_user_obj": user}
    return filled
