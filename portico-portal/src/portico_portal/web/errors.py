"""Answers for what went wrong, as a page or as JSON: one clear sentence, and a way on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from portico.errors import ConflictError, NotAuthorizedError, NotFoundError, PorticoError, ValidationError, Veto
from portico_portal.context import current_portal
from portico_portal.database import is_outage
from portico_portal.errors import (
    MailError,
    ResetLinkError,
    SignUpLinkError,
    TooBusyError,
    TooManyAttemptsError,
    TryLaterError,
)
from portico_portal.web.forms import PortalForm

API_PREFIX = "/api"

REASONS: dict[type[TryLaterError], str] = {
    TooManyAttemptsError: "Too many attempts",
    TooBusyError: "Too many people sign in at the moment",
}
EXPLANATIONS = {
    400: ("This request cannot be understood", "Go back and try again; if it happens again, tell an administrator."),
    403: ("This page is not for you", "Your account may not do this. Ask an administrator if you need it."),
    404: ("There is no such page", "The address may be misspelt, or the page may have moved."),
    405: ("This address cannot be opened like this", "It takes what a form sends. Start from the page with the form."),
    409: ("This cannot be done", "It does not fit what is there now."),
    413: ("That is too large", "What was sent is larger than the portal takes."),
    429: ("Too many attempts", "Wait a while, then try again."),
    500: ("Something broke on our side", "Nothing you typed was wrong. It is in our log; try again in a moment."),
    503: ("The portal cannot do this right now", "Nothing you typed was wrong. Try again in a moment."),
}
NO_DATABASE = "The database cannot be used right now. Nothing was changed; try again in a moment."
RETRY_AFTER_SECONDS = 10


@dataclass(frozen=True)
class Refusal:
    """What the portal answers when it will not do something: a word for programs, an HTTP status, a sentence."""

    kind: str
    status: int
    message: str


REFUSALS: dict[type[PorticoError], tuple[str, int]] = {
    ConflictError: ("conflict", 409),
    ValidationError: ("validation", 400),
    NotFoundError: ("not_found", 404),
    NotAuthorizedError: ("not_authorized", 403),
    Veto: ("veto", 409),
    ResetLinkError: ("reset_link", 410),
    SignUpLinkError: ("sign_up_link", 410),
    TooManyAttemptsError: ("too_many_attempts", 429),
    TooBusyError: ("too_busy", 503),
    MailError: ("mail", 503),
}
"""A class before what it derives from."""


def find_refusal(error: PorticoError) -> Refusal | None:
    """How an error is answered; None where it is trouble of ours."""
    for refused, (kind, status) in REFUSALS.items():
        if isinstance(error, refused):
            # What the mail server said is for the operator.
            message = "the mail could not be sent; try again later" if refused is MailError else str(error)
            return Refusal(kind, status, message)
    return None


def add_error_pages(app: Flask) -> None:
    """Answer each HTTP error, each refusal of an action, and a database that is away."""
    app.register_error_handler(HTTPException, _show)
    app.register_error_handler(PorticoError, _show_refusal)
    app.register_error_handler(SQLAlchemyError, show_outage)


def survives_outage(handler: Callable[[Exception], ResponseReturnValue]) -> Callable[[Exception], ResponseReturnValue]:
    """Let an error handler look at the database: what Flask does not do, a handler's own failure is handled too."""

    @wraps(handler)
    def handle(error: Exception) -> ResponseReturnValue:
        try:
            return handler(error)
        except SQLAlchemyError as outage:
            return show_outage(outage)

    return handle


def show_outage(error: Exception) -> ResponseReturnValue:
    """Say that the database cannot be used, without using it. Every other error is raised again."""
    if not is_outage(error):
        raise error
    current_portal.database.note_outage(error)
    if is_api_call():
        answer = make_response(api_error("unavailable", NO_DATABASE, 503))
    else:
        answer = make_response(_page(503, advice=NO_DATABASE))
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


@survives_outage
def _show(error: Exception) -> ResponseReturnValue:
    if not isinstance(error, HTTPException) or error.code is None:
        raise error
    if error.response is not None:
        return error.response
    # Whoever raised it may know better than we do.
    said = error.description if error.description != type(error).description else None
    if is_api_call():
        return api_error("http", said or error.name, error.code)
    return _page(error.code, name=error.name, advice=said)


@survives_outage
def _show_refusal(error: Exception) -> ResponseReturnValue:
    refusal = find_refusal(error) if isinstance(error, PorticoError) else None
    if refusal is None:
        raise error
    return _page(refusal.status, advice=f"{refusal.message[:1].upper()}{refusal.message[1:]}.")


def _page(code: int, *, name: str = "", advice: str | None = None) -> ResponseReturnValue:
    title, usual = EXPLANATIONS.get(code, (name, "Go back and try again."))
    # A 500 may come from the database or from a page's frame: its page needs neither.
    template = "errors/broken.html" if code >= 500 else "errors/error.html"  # noqa: PLR2004 - HTTP
    return render_template(template, code=code, title=title, advice=advice or usual), code


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
    return page, REFUSALS[type(error)][1], {"Retry-After": str(error.retry_after_seconds)}


def _wait(seconds: int) -> str:
    count, unit = (seconds, "second") if seconds < 60 else (-(-seconds // 60), "minute")  # noqa: PLR2004 - a minute
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
