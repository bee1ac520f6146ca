"""Raises the sign-in and sign-out signals for a Flask application that uses Flask-Login. Signs nobody in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portico.builtin import user_logged_in, user_logged_out
from portico.errors import MissingExtraError
from portico.signals import Undo, Undoing

try:
    import flask_login
except ImportError as error:
    raise MissingExtraError("Flask-Login", "flask") from error

if TYPE_CHECKING:
    from flask import Flask


def watch_logins(app: Flask) -> Undo:
    """Raise `user_logged_in` and `user_logged_out` for `login_user()` and `logout_user()`; return what undoes it."""

    def logged_in(_: Flask, *, user: Any, **__: Any) -> None:
        user_logged_in.send(app, user=user)

    def logged_out(_: Flask, *, user: Any, **__: Any) -> None:
        # Flask-Login also sends when nobody was signed in.
        if user is not None and user.is_authenticated:
            user_logged_out.send(app, user=user)

    flask_login.user_logged_in.connect(logged_in, sender=app, weak=False)
    flask_login.user_logged_out.connect(logged_out, sender=app, weak=False)

    @Undoing
    def undo() -> None:
        flask_login.user_logged_in.disconnect(logged_in, sender=app)
        flask_login.user_logged_out.disconnect(logged_out, sender=app)

    return undo
