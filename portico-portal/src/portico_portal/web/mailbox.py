"""Serves the demo's mailbox as pages, in demo mode only: everybody can read everything in it."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portico_portal.context import current_portal
from portico_portal.mailbox import MailStore

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Every mail the portal sent, newest first."""
    return render_template("mailbox/index.html", mails=_store().list())


@blueprint.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """One mail."""
    mail = _store().get(key) or abort(404)
    return render_template("mailbox/show.html", mail=mail)


def _store() -> MailStore:
    folder = current_portal.settings.mailbox_dir
    if folder is None:
        abort(404)
    return MailStore(folder)
