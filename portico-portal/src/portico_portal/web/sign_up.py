"""Serves the pages on which people make an account: ask for it, follow the mailed link, choose a password."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from portico.errors import ValidationError
from portico.toolkit import get_action
from portico_portal.context import current_portal
from portico_portal.errors import SignUpLinkError, TryLaterError
from portico_portal.web.errors import try_later
from portico_portal.web.forms import NewPasswordForm, SignUpForm
from portico_portal.web.stale import keeps_input

P = ParamSpec("P")

blueprint = Blueprint("sign_up", __name__, url_prefix="/sign-up")

TOKEN = "sign_up_token"  # noqa: S105 - the name of a place, no secret


def where_people_may(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Show the page only where people make their own accounts."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_portal.settings.allow_sign_up:
            return render_template("sign_up/closed.html"), 403
        return view(*args, **kwargs)

    return checked


@blueprint.route("", methods=["GET", "POST"])
@keeps_input
@where_people_may
def ask() -> ResponseReturnValue:
    """Ask for an account; the answer does not tell whether the address has one."""
    form, template = SignUpForm(), "sign_up/ask.html"
    if not form.is_sent():
        return render_template(template, form=form)
    try:
        get_action("sign_up_request")({}, form.texts("name", "email", "full_name"))
    except ValidationError as error:
        form.refuse(error.error_dict)
        return render_template(template, form=form)
    except TryLaterError as error:
        return try_later(template, form, error)
    return render_template("sign_up/asked.html", name=form.text("name"), email=form.text("email"))


@blueprint.get("/<token>")
@where_people_may
def follow(token: str) -> ResponseReturnValue:
    """Take the token out of the address, where it would stand in the history and in every Referer."""
    try:
        current_portal.sign_up_links.read(token)
    except SignUpLinkError as error:
        return _link_is_dead(error)
    session[TOKEN] = token
    return redirect(url_for(".finish"))


@blueprint.route("/password", methods=["GET", "POST"])
@keeps_input
@where_people_may
def finish() -> ResponseReturnValue:
    """Choose a password, and so make the account whose link was followed; signing in comes next."""
    form, token = NewPasswordForm(), session.get(TOKEN, "")
    template = "sign_up/choose_password.html"
    try:
        name, *_ = current_portal.sign_up_links.read(token)
    except SignUpLinkError as error:
        return _link_is_dead(error)
    if not form.is_sent():
        return render_template(template, form=form, name=name)
    try:
        get_action("sign_up_perform")({}, {"token": token} | form.texts("password"))
    except SignUpLinkError as error:
        return _link_is_dead(error)
    except ValidationError as error:
        form.refuse(error.error_dict)
        return render_template(template, form=form, name=name)
    except TryLaterError as error:
        return try_later(template, form, error, name=name)
    session.pop(TOKEN, None)
    flash(f"Your account {name} is ready. Sign in to use it.", "success")
    return redirect(url_for("account.sign_in", name=name))


def _link_is_dead(error: SignUpLinkError) -> ResponseReturnValue:
    session.pop(TOKEN, None)
    return render_template("sign_up/link_is_dead.html", reason=str(error)), 410
