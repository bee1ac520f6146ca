"""Builds the console's blueprint: who may open it, what protects its forms, in which layout its pages stand."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from portico.console.frame import Frame
from portico.console.plugins import PluginPages
from portico.console.protection import check_token
from portico.errors import ConfigurationError

Authorise = Callable[[], ResponseReturnValue | None] | Callable[[], Awaitable[ResponseReturnValue | None]]


def create_console(
    *,
    authorise: Authorise,
    layout: str | None = None,
    title_block: str | None = "title",
    content_block: str = "content",
    home: str | None = None,
) -> Blueprint:
    """The console, to be registered in a Flask application that a `Portico` host was opened for.

    ::

        app.register_blueprint(create_console(authorise=only_operators, layout="base.html"), url_prefix="/console")

    Each page is also there as JSON, with `.json` at the end of its address; `url_for("portico_console.index")` is the
    way in. The application needs a `SECRET_KEY`: forms carry a token that is tied to the session, also where the
    application has no protection against forged requests of its own. Where it has Flask-WTF's, its settings hold.

    Args:
        authorise: called before each page. It returns None to let the visitor in, or a response to send
            instead; it may also abort. There is no default: switching plugins is not for everybody.
        layout: the application's template that the pages stand in; left out, they have a frame of their own.
        title_block: the block of `layout` that holds the title of a page; None if it has none.
        content_block: the block of `layout` that holds the content of a page.
        home: where the link back to the application leads: an endpoint, or an address that begins with `/`,
            `http://` or `https://`. Left out, there is none in a layout, and the frame of its own links `/`.

    Raises:
        ConfigurationError: one of these cannot be used.
    """
    _check_callable(authorise)
    frame = Frame(layout=layout, title_block=title_block, content_block=content_block, home=home)
    console = Blueprint("portico_console", __name__, static_folder="static", static_url_path="/static")

    @console.before_request
    def check() -> ResponseReturnValue | None:
        if _is_static():
            return None
        refusal = cast("Any", current_app.ensure_sync(authorise)())
        if isinstance(refusal, bool):
            msg = f"the console's authorise returned {refusal}; return None to let the visitor in, or abort(403)"
            raise ConfigurationError(msg)
        if refusal is None and request.method == "POST":
            check_token()
        return cast("ResponseReturnValue | None", refusal)

    @console.after_request
    def protect(response: Response) -> Response:
        if not _is_static():
            frame.protect(response)
        return response

    PluginPages(frame).add_to(console)
    return console


def _check_callable(authorise: object) -> None:
    if not callable(authorise):
        msg = f"create_console got authorise={authorise!r}; give a function that returns None to let the visitor in"
        raise ConfigurationError(msg)


def _is_static() -> bool:
    # Whatever name the blueprint was registered under.
    return (request.endpoint or "").endswith(".static")
