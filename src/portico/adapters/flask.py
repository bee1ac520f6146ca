"""Raises the request signals for a Flask application. Rides on Flask's own, and leaves the application as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from portico.builtin import request_finished, request_started
from portico.errors import HostError, MissingExtraError
from portico.signals import Undo, Undoing

try:
    import flask
except ImportError as error:
    raise MissingExtraError("Flask", "flask") from error

if TYPE_CHECKING:
    from collections.abc import Callable

_FINISHED: Final = "portico.request_finished"


def refuse_requests(app: flask.Flask, why: str) -> Undo:
    """Let every request to `app` fail with a `HostError`; return what undoes it."""

    def refuse(_: flask.Flask, **__: Any) -> None:
        raise HostError(why)

    flask.request_started.connect(refuse, sender=app, weak=False)
    return Undoing(lambda: flask.request_started.disconnect(refuse, sender=app))


def watch_requests(
    app: flask.Flask, *, before: Callable[[], object] | None = None, after: Callable[[], object] | None = None
) -> Undo:
    """Raise `request_started` and `request_finished` for every request to `app`; return what undoes it.

    `before` is called at the start of a request, before anybody hears of it; `after` when everything of a request is
    closed, database sessions included, or of another use of the application's context.

    Flask's own signals are the moments: before any processing, static files included, and after the last
    `after_request` function, error pages included.
    """

    def started(_: flask.Flask, **__: Any) -> None:
        if before is not None:
            before()
        request_started.send(app)

    def finished(_: flask.Flask, *, response: flask.Response, **__: Any) -> None:
        # Flask sends a second time where a receiver of its own signal failed on the first.
        environ = flask.request.environ
        if _FINISHED not in environ:
            environ[_FINISHED] = True
            request_finished.send(app, response=response)

    def torn_down(_: flask.Flask, **__: Any) -> None:
        if after is not None:
            after()

    flask.request_started.connect(started, sender=app, weak=False)
    flask.request_finished.connect(finished, sender=app, weak=False)
    flask.appcontext_tearing_down.connect(torn_down, sender=app, weak=False)

    @Undoing
    def undo() -> None:
        flask.request_started.disconnect(started, sender=app)
        flask.request_finished.disconnect(finished, sender=app)
        flask.appcontext_tearing_down.disconnect(torn_down, sender=app)

    return undo
