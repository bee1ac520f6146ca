"""Gives a Starlette or FastAPI application its host, around all of its middleware, error pages included."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from portico.adapters.asgi import PorticoMiddleware
from portico.errors import MissingExtraError
from portico.host import Portico, caller, is_looking

if find_spec("starlette") is None:
    raise MissingExtraError("Starlette", "asgi")

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp


class StarletteMiddleware(PorticoMiddleware):
    """A Starlette or FastAPI application with its host: `HTTPException` of a receiver is answered as one of a page."""

    aborting: tuple[type[Exception], ...] = (HTTPException,)

    def __init__(self, stack: ASGIApp, host: Portico, *, app: Starlette, at: str | None) -> None:
        super().__init__(stack, host, application=app, at=at)
        self._starlette: Final = app

    def answering(self, error: Exception) -> ASGIApp:
        """Return what answers as the application answers the exception."""

        async def fail(*_: object) -> None:
            raise error

        app = self._starlette
        return ExceptionMiddleware(fail, handlers=app.exception_handlers, debug=app.debug)


class _Building:
    """Stands in for the method of one application that builds its middleware, and puts the host around the result.

    Middleware that is added in the usual way stands inside of what answers errors, and never sees those answers.
    """

    def __init__(self, app: Starlette) -> None:
        self._app: Final = app
        self._build: Final = app.build_middleware_stack
        self._host: Portico | None = None
        self._at: str | None = None

    def __call__(self) -> ASGIApp:
        return self.wrapped(self._build())

    def use(self, host: Portico) -> None:
        """Use this host from now on, instead of one that was used before."""
        self._host, self._at = host, caller()
        stack = self._app.middleware_stack
        if stack is not None:  # It is serving already.
            self._app.middleware_stack = self.wrapped(stack.app if isinstance(stack, StarletteMiddleware) else stack)

    def wrapped(self, stack: ASGIApp) -> ASGIApp:
        if self._host is None:
            return stack
        return StarletteMiddleware(stack, self._host, app=self._app, at=self._at)


def init_app(host: Portico, app: Starlette) -> None:
    """Have a host opened when the application starts to serve, and closed with it: `app.state.portico`."""
    building = vars(app).get("build_middleware_stack")
    if not isinstance(building, _Building):
        building = _Building(app)
        app.build_middleware_stack = building  # type: ignore[method-assign]
    building.use(host)
    app.state.portico = host
    if is_looking():  # There is no server, then, that would begin.
        host.open()


def host_of(application: Starlette) -> Portico | None:
    """Return the host that an application was given."""
    host = getattr(application.state, "portico", None)
    return host if isinstance(host, Portico) else None
