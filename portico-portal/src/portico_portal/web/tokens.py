"""Serves the pages about one's own API tokens: make one, list them, revoke one."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portico.errors import NotFoundError, ValidationError
from portico.toolkit import get_action
from portico_portal.web.forms import ApiTokenForm
from portico_portal.web.login import signed_in_only
from portico_portal.web.stale import keeps_input

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")


@blueprint.route("", methods=["GET", "POST"])
@keeps_input
@signed_in_only
def index() -> ResponseReturnValue:
    """One's tokens, and a new one, shown this once."""
    form, made = ApiTokenForm(), None
    if form.is_sent():
        try:
            made = get_action("api_token_create")({}, form.texts("label"))
        except ValidationError as error:
            form.refuse(error.error_dict)
        else:
            form = ApiTokenForm(blank=True)
    # Not redirected after a token was made: it would have to be kept somewhere on the way.
    return render_template("account/tokens.html", form=form, made=made, tokens=get_action("api_token_list")())


@blueprint.post("/<int:token_id>/revoke")
@signed_in_only
def revoke(token_id: int) -> ResponseReturnValue:
    """Revoke a token: it stops working at once."""
    try:
        get_action("api_token_revoke")({}, {"id": token_id})
    except (NotFoundError, ValidationError):
        abort(404)
    flash("The API token is revoked.", "success")
    return redirect(url_for(".index"))
