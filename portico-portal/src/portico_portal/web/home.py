"""Serves the first page: what the portal is, or what is going on for the person who is signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portico_portal.web.activity import recent_events
from portico_portal.web.login import signed_in_user

blueprint = Blueprint("home", __name__)

RECENT = 6


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """A welcome for everybody, a dashboard for somebody."""
    user = signed_in_user()
    if user is None:
        return render_template("home/welcome.html")
    subject = None if user.is_admin else user.name
    return render_template("home/dashboard.html", events=recent_events(RECENT, subject=subject))
