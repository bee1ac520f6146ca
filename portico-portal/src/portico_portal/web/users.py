"""Serves the pages on which administrators manage people."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portico.errors import NotFoundError, ValidationError
from portico.toolkit import get_action
from portico_portal.web.forms import AddUserForm
from portico_portal.web.login import admins_only
from portico_portal.web.stale import keeps_input

blueprint = Blueprint("users", __name__, url_prefix="/users")

PAGE_SIZE = 25
LAST_PAGE = 1_000_000


@blueprint.get("")
@admins_only
def index() -> ResponseReturnValue:
    """Everybody with an account, or those a search finds."""
    words = request.args.get("q", "").strip()
    page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    found = get_action("user_list")({}, {"q": words, "limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE})
    pages = max(1, -(-found["count"] // PAGE_SIZE))
    return render_template(
        "users/index.html", users=found["users"], total=found["count"], words=words, page=page, pages=pages
    )


@blueprint.route("/new", methods=["GET", "POST"])
@keeps_input
@admins_only
def add() -> ResponseReturnValue:
    """Make an account for somebody else."""
    form = AddUserForm()
    if form.is_sent():
        try:
            password = {"password": form.text("password") or None, "is_admin": form.is_admin.data}
            user = get_action("user_create")({}, form.texts("name", "email", "full_name") | password)
        except ValidationError as error:
            form.refuse(error.error_dict)
        else:
            flash(f"{user['name']} has an account now.", "success")
            return redirect(url_for(".index"))
    return render_template("users/add.html", form=form)


@blueprint.post("/<int:user_id>/activate")
@admins_only
def activate(user_id: int) -> ResponseReturnValue:
    """Open an account again."""
    return _switch("user_activate", user_id, "can sign in again")


@blueprint.post("/<int:user_id>/deactivate")
@admins_only
def deactivate(user_id: int) -> ResponseReturnValue:
    """Close an account, and end its sessions."""
    return _switch("user_deactivate", user_id, "can no longer sign in")


def _switch(action: str, user_id: int, outcome: str) -> ResponseReturnValue:
    try:
        user = get_action(action)({}, {"id": user_id})
    except NotFoundError:
        abort(404)
    except ValidationError as error:
        flash(", ".join(error.error_dict["id"]), "error")
    else:
        flash(f"{user['name']} {outcome}.", "success")
    return redirect(url_for(".index", q=request.form.get("q") or None, page=request.form.get("page") or None))
