"""Builds the console's blueprint: who may open it, what protects its forms, what it looks like."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from portico.console import plugins

Authorise = Callable[[], ResponseReturnValue | None]


def create_console(*, authorise: Authorise, layout: str = "console/layout.html") -> Blueprint:
    """The console, to be registered in a Flask application that a `Portico` host was opened for.

    ::

        app.register_blueprint(create_console(authorise=only_operators), url_prefix="/console")

    Each page is also there as JSON, with `.json` at the end of its address. The application needs a
    `SECRET_KEY`: forms carry a CSRF token, messages travel in the session.

    Args:
        authorise: called before each page. It returns None to let the visitor in, or a response to send
            instead; it may also abort. There is no default: switching plugins is not for everybody.
        layout: the template around the pages. It has the blocks `title` and `content`, shows flashed messages
            and links `console.static`'s `portico.css`.
    """
    console = Blueprint(
        "console", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )

    @console.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint == "console.static":
            return None
        refusal = authorise()
        if refusal is None and request.method == "POST":
            _check_csrf()
        return refusal

    @console.context_processor
    def names() -> dict[str, Any]:
        return {"console_layout": layout, "csrf_token": generate_csrf}

    plugins.add_pages(console)
    return console


def _check_csrf() -> None:
    # The application may have no protection of its own, and must not need one.
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        abort(400, "The form was outdated. Go back, reload the page and try again.")
