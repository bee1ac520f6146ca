"""Adds all pages to the application, and what every template can use."""

from datetime import datetime
from typing import Any

from flask import Flask

from portico.console import create_console
from portico_portal.demo.people import DEMO_ADMIN, DEMO_PASSWORD
from portico_portal.settings import Settings
from portico_portal.web import account, activity, api, home, mailbox, reset, sign_up, tokens, users
from portico_portal.web.edge import guard_requests
from portico_portal.web.errors import add_error_pages
from portico_portal.web.login import add_login, allow_admins, signed_in_user
from portico_portal.web.security import add_security
from portico_portal.web.stale import add_csrf


def add_pages(app: Flask, settings: Settings) -> None:
    """Everything a browser can ask this portal for."""
    guard_requests(app)
    add_security(app, settings)
    add_login(app)
    csrf = add_csrf(app)
    add_error_pages(app)
    for module in (home, sign_up, account, tokens, reset, users, activity):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(api.create_api(csrf))
    app.register_blueprint(create_console(authorise=allow_admins, layout="layout.html"), url_prefix="/console")
    if settings.is_demo:
        app.register_blueprint(mailbox.blueprint)
    app.context_processor(lambda: _template_context(settings))
    app.add_template_filter(format_time, "time")


def _template_context(settings: Settings) -> dict[str, Any]:
    demo = {"name": DEMO_ADMIN, "password": DEMO_PASSWORD} if settings.is_demo else None
    return {"site_name": settings.site_name, "demo": demo, "settings": settings, "signed_in_user": signed_in_user}


def format_time(moment: datetime | str) -> str:
    """A moment as people read it, with its time zone; actions tell it in ISO 8601."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"
