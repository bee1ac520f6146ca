"""Ties the console's forms to the session with Flask-WTF's token, as the application has configured it."""

from flask import current_app, g, request
from flask_wtf.csrf import CSRFError, generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from portico.errors import ConfigurationError


def token_field() -> tuple[str, str] | None:
    """Return name and value of the hidden field of each form; None where the application has switched that off.

    Raises:
        ConfigurationError: the application has no sessions.
    """
    if not _is_on():
        return None
    try:
        return _field_name(), generate_csrf()
    except RuntimeError as error:
        msg = "the console's forms need sessions: set SECRET_KEY in the configuration of the application"
        raise ConfigurationError(msg) from error


def check_token() -> None:
    """Let a form pass that carries the token of its session, in the field or in a header.

    Also where `WTF_CSRF_CHECK_DEFAULT` is off, or the application's `CSRFProtect` exempts the console: neither says
    that forged requests are welcome.

    Raises:
        CSRFError: it does not; the application may have a page for that.
    """
    # What an application-wide CSRFProtect has found valid is not looked at twice.
    if not _is_on() or g.get("csrf_valid", False):
        return
    headers = current_app.config.get("WTF_CSRF_HEADERS", ("X-CSRFToken", "X-CSRF-Token"))
    given = (request.form.get(_field_name()), *(request.headers.get(name) for name in headers))
    try:
        validate_csrf(next(filter(None, given), None))
    except ValidationError as error:
        msg = "The form was outdated. Go back, reload the page and try again."
        raise CSRFError(msg) from error


def _is_on() -> bool:
    return bool(current_app.config.get("WTF_CSRF_ENABLED", True))


def _field_name() -> str:
    return str(current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"))
