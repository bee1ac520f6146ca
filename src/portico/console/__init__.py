"""Shows operators in a Flask blueprint which plugins there are and how they are doing, and switches them."""

from portico.errors import MissingExtraError

try:
    import flask_wtf  # noqa: F401 - asked for here, with the Flask that it needs, so that no module below has to
except ImportError as error:
    raise MissingExtraError("Flask-WTF", "console") from error

from portico.console.blueprint import create_console

__all__ = ["create_console"]
