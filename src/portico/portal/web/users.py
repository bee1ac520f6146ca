"""Pages on which administrators manage people."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portico.portal.accounts import create_user, search_users, set_active
from portico.portal.context import request_session
from portico.portal.errors import ValidationError
from portico.portal.models import User
from portico.portal.web.forms import AddUserForm
from portico.portal.web.login import admins_only, the_user
from portico.portal.web.stale import keeps_input

blueprint = Blueprint("users", __name__, url_prefix="/users")

PAGE_SIZE = 25


@blueprint.get("")
@admins_only
def index() -> ResponseReturnValue:
    """Everybody with an account, or those a search finds."""
    words = request.args.get("q", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    users, total = search_users(request_session(), words, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    pages = max(1, -(-total // PAGE_SIZE))
    return render_template("users/index.html", users=users, total=total, words=words, page=page, pages=pages)


@blueprint.route("/new", methods=["GET", "POST"])
@keeps_input
@admins_only
def add() -> ResponseReturnValue:
    """Make an account for somebody else."""
    form = AddUserForm()
    if form.is_sent():
        try:
            user = create_user(
                request_session(),
                name=form.text("name"),
                email=form.text("email"),
                full_name=form.text("full_name"),
                password=form.text("password") or None,
                is_admin=form.is_admin.data,
            )
        except ValidationError as error:
            form.refuse(error.errors)
        else:
            flash(f"{user.name} has an account now.", "success")
            return redirect(url_for(".index"))
    return render_template("users/add.html", form=form)


@blueprint.post("/<int:user_id>/activate")
@admins_only
def activate(user_id: int) -> ResponseReturnValue:
    """Open an account again."""
    return _switch(user_id, active=True)


@blueprint.post("/<int:user_id>/deactivate")
@admins_only
def deactivate(user_id: int) -> ResponseReturnValue:
    """Close an account, and end its sessions."""
    return _switch(user_id, active=False)


def _switch(user_id: int, *, active: bool) -> ResponseReturnValue:
    user = request_session().get(User, user_id) or abort(404)
    try:
        set_active(request_session(), user, active=active, by=the_user())
    except ValidationError as error:
        flash(error.errors["is_active"], "error")
    else:
        flash(f"{user.name} can sign in again." if active else f"{user.name} can no longer sign in.", "success")
    return redirect(url_for(".index", q=request.form.get("q") or None, page=request.form.get("page") or None))
