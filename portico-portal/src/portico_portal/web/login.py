"""Sets up Flask-Login, which knows who is signed in, for this portal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypedDict, cast

from flask import Flask, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from portico_portal.accounts import begin_user_session, end_user_session, find_session_user
from portico_portal.context import current_portal, request_session
from portico_portal.models import User

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

NUMBER = "number"


class AgeLimit(TypedDict):
    """How old a session may be now."""

    now: datetime
    lifetime: timedelta


def add_login(app: Flask) -> None:
    """Let `current_user` be the user of the session, for as long as both are valid."""
    manager = LoginManager()
    # Templates ask for `signed_in_user`: a page that shows nobody must not look for anybody.
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load_user)


def signed_in_user() -> User | None:
    """The user of this request, or None."""
    user = current_user._get_current_object()  # noqa: SLF001 - how a werkzeug proxy hands out what it stands for
    return user if isinstance(user, User) else None


def begin_session(user: User) -> None:
    """Sign `user` in, in a session that shares nothing with the one before."""
    end_session()
    session.permanent = True  # the cookie ends also in a browser that is never closed
    session[NUMBER] = begin_user_session(request_session(), user, **_age_limit())
    login_user(user)


def end_session() -> None:
    """End the session in every copy of its cookie, sign its user out, and forget everything else it held."""
    user = signed_in_user()
    if NUMBER in session:
        end_user_session(request_session(), session[NUMBER])
    if user is not None:
        logout_user()
    session.clear()


def allow_admins() -> ResponseReturnValue | None:
    """None for an administrator; the way to the sign-in page for somebody who is not signed in.

    Raises:
        Forbidden: the user of this request is no administrator.
    """
    user = signed_in_user()
    if user is None:
        return _ask_to_sign_in()
    if not user.is_admin:
        abort(403)
    return None


def signed_in_only(view: View[P]) -> View[P]:
    """Let only signed-in users see the page."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return _ask_to_sign_in() if signed_in_user() is None else view(*args, **kwargs)

    return checked


def admins_only(view: View[P]) -> View[P]:
    """Let only administrators see the page."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        refusal = allow_admins()
        return view(*args, **kwargs) if refusal is None else refusal

    return checked


def the_user() -> User:
    """The user of a page that only signed-in users see."""
    return cast("User", signed_in_user())


def _ask_to_sign_in() -> ResponseReturnValue:
    flash("Sign in to open this page.", "info")
    # A page to come back to is one that can be opened: a form that was sent cannot be sent again by a link.
    target = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("account.sign_in", next=target))


def _load_user(session_id: str) -> User | None:
    user = find_session_user(request_session(), session.get(NUMBER, ""), **_age_limit())
    # The id holds the number of the password: a session from before a new one does not match.
    return user if user is not None and user.get_id() == session_id else None


def _age_limit() -> AgeLimit:
    # From signing in, however often the cookie was renewed since.
    portal = current_portal
    return {"now": portal.clock(), "lifetime": timedelta(hours=portal.settings.session_hours)}
