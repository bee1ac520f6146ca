"""Serves the pages for a forgotten password: ask for a link, follow it, set a new one."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from portico.errors import ValidationError
from portico.toolkit import get_action
from portico_portal.accounts import find_resetting_user
from portico_portal.context import current_portal, request_session
from portico_portal.errors import ResetLinkError, TryLaterError
from portico_portal.web.errors import try_later
from portico_portal.web.forms import ForgotPasswordForm, NewPasswordForm
from portico_portal.web.login import end_session, signed_in_user
from portico_portal.web.stale import keeps_input

blueprint = Blueprint("reset", __name__)

TOKEN = "reset_token"  # noqa: S105 - the name of a place, no secret


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@keeps_input
def ask() -> ResponseReturnValue:
    """Ask for a link; the answer does not tell whether there is such an account."""
    user = signed_in_user()
    form = ForgotPasswordForm(name=user.name if user else request.args.get("name", ""))
    template = "reset/ask.html"
    if not form.is_sent():
        return render_template(template, form=form)
    try:
        get_action("password_reset_request")({}, form.texts("name"))
    except ValidationError as error:
        form.refuse(error.error_dict)
        return render_template(template, form=form)
    except TryLaterError as error:
        return try_later(template, form, error)
    return render_template("reset/asked.html", typed=form.text("name"))


@blueprint.get("/reset-password/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Take the token out of the address, where it would stand in the history and in every Referer."""
    try:
        find_resetting_user(request_session(), current_portal.reset_links, token)
    except ResetLinkError:
        return _link_is_dead()
    session[TOKEN] = token
    return redirect(url_for(".set_password"))


@blueprint.route("/reset-password", methods=["GET", "POST"])
@keeps_input
def set_password() -> ResponseReturnValue:
    """Set a new password with the link that was followed."""
    form = NewPasswordForm()
    token, template = session.get(TOKEN, ""), "reset/set_password.html"
    try:
        name = find_resetting_user(request_session(), current_portal.reset_links, token).name
    except ResetLinkError:
        return _link_is_dead()
    if not form.is_sent():
        return render_template(template, form=form, name=name)
    try:
        get_action("password_reset_perform")({}, {"token": token} | form.texts("password"))
    except ResetLinkError:
        return _link_is_dead()
    except ValidationError as error:
        form.refuse(error.error_dict)
        return render_template(template, form=form, name=name)
    except TryLaterError as error:
        return try_later(template, form, error, name=name)
    end_session()
    flash("Your new password is set, and all your sessions and API tokens are ended. Sign in with it.", "success")
    return redirect(url_for("account.sign_in", name=name))


def _link_is_dead() -> ResponseReturnValue:
    session.pop(TOKEN, None)
    return render_template("reset/link_is_dead.html"), 410
