"""Serves the pages about one's own account: sign in, sign out, my account."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portico.errors import ValidationError
from portico.toolkit import get_action
from portico_portal.accounts import authenticate
from portico_portal.context import current_portal, request_session
from portico_portal.demo.people import DEMO_PASSWORD
from portico_portal.errors import TryLaterError
from portico_portal.web.errors import try_later
from portico_portal.web.forms import AccountForm, SignInForm
from portico_portal.web.login import begin_session, end_session, signed_in_only, signed_in_user, the_user
from portico_portal.web.security import safe_next
from portico_portal.web.stale import keeps_input

blueprint = Blueprint("account", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@keeps_input
def sign_in() -> ResponseReturnValue:
    """Open a session."""
    target = safe_next(request.args.get("next")) or url_for("home.index")
    if signed_in_user() is not None:
        return redirect(target)
    form = SignInForm(name=request.args.get("name", ""))
    if form.is_sent():
        try:
            user = authenticate(
                request_session(),
                form.text("name"),
                form.text("password"),
                passwords=current_portal.passwords,
                address=request.remote_addr or "",
                now=current_portal.clock(),
                refused_passwords=frozenset() if current_portal.settings.is_demo else frozenset({DEMO_PASSWORD}),
            )
        except TryLaterError as error:
            return try_later("account/sign_in.html", form, error)
        if user is not None:
            begin_session(user)
            return redirect(target)
        form.form_errors.append("The user name or the password is wrong.")
    return render_template("account/sign_in.html", form=form)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if signed_in_user() is not None:
        end_session()
        flash("You are signed out.", "success")
    return redirect(url_for("home.index"))


@blueprint.route("/account", methods=["GET", "POST"])
@keeps_input
@signed_in_only
def show() -> ResponseReturnValue:
    """What the portal knows of the user, and what can be changed."""
    user = the_user()
    form = AccountForm(obj=user)
    if form.is_sent():
        try:
            get_action("user_update")({}, {"id": user.id} | form.texts("full_name"))
        except ValidationError as error:
            form.refuse(error.error_dict)
        else:
            flash("Your name is saved.", "success")
            return redirect(url_for(".show"))
    return render_template("account/show.html", form=form)
