"""Pages for what went wrong: one clear sentence, and a way on."""

import logging
from typing import Any

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, HTTPException

from portico.errors import NotAuthorizedError
from portico.portal.errors import TooBusyError, TooManyAttemptsError, TryLaterError
from portico.portal.web.forms import PortalForm

log = logging.getLogger(__name__)

API_PREFIX = "/api"

STATUS_LATER: dict[type[TryLaterError], int] = {TooManyAttemptsError: 429, TooBusyError: 503}
REASONS: dict[type[TryLaterError], str] = {
    TooManyAttemptsError: "Too many attempts",
    TooBusyError: "Too many people sign in at the moment",
}
EXPLANATIONS = {
    400: ("This request cannot be understood", "Go back and try again; if it happens again, tell an administrator."),
    403: ("This page is not for you", "Your account may not open it. Ask an administrator if you need it."),
    404: ("There is no such page", "The address may be misspelt, or the page may have moved."),
    405: ("This address cannot be opened like this", "It takes what a form sends. Start from the page with the form."),
    413: ("That is too large", "What was sent is larger than the portal takes."),
    429: ("Too many attempts", "Wait a while, then try again."),
    500: ("Something broke on our side", "Nothing you typed was wrong. It is in our log; try again in a moment."),
}


def add_error_pages(app: Flask) -> None:
    """Show a page of the portal for each HTTP error."""
    app.register_error_handler(HTTPException, _show)
    # An action may refuse what its page let through: in between, an account was closed, for one.
    app.register_error_handler(NotAuthorizedError, lambda _error: _show(Forbidden()))


def _show(error: Exception) -> ResponseReturnValue:
    if not isinstance(error, HTTPException) or error.code is None:
        raise error
    if error.response is not None:
        return error.response
    if is_api_call():
        return api_error("http", error.name, error.code)
    title, advice = EXPLANATIONS.get(error.code, (error.name, "Go back and try again."))
    if error.description and error.description != type(error).description:
        advice = error.description  # whoever raised it knows better
    # A 500 may come from the database or from a page's frame: its page needs neither.
    template = "errors/broken.html" if error.code >= 500 else "errors/error.html"  # noqa: PLR2004 - HTTP
    return render_template(template, code=error.code, title=title, advice=advice), error.code


def is_api_call() -> bool:
    """Whether a program asks, which wants JSON."""
    return request.path.startswith(API_PREFIX + "/")


def api_error(
    kind: str, message: str, status: int, *, fields: dict[str, list[str]] | None = None, **headers: str
) -> ResponseReturnValue:
    """What a program is told of what went wrong; `fields` are named only where some are refused."""
    error: dict[str, Any] = {"type": kind, "message": message} | ({} if fields is None else {"fields": fields})
    response = jsonify(success=False, error=error)
    response.status_code = status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def try_later(template: str, form: PortalForm, error: TryLaterError, **context: Any) -> ResponseReturnValue:
    """The same page again, input kept, saying when to come back."""
    form.form_errors.append(f"{REASONS[type(error)]}. Try again in {_wait(error.retry_after_seconds)}.")
    page = render_template(template, form=form, **context)
    return page, STATUS_LATER[type(error)], {"Retry-After": str(error.retry_after_seconds)}


def _wait(seconds: int) -> str:
    count, unit = (seconds, "second") if seconds < 60 else (-(-seconds // 60), "minute")  # noqa: PLR2004 - a minute
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
