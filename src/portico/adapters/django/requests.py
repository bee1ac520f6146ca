"""Raises the signals of requests and sign-ins for what a Django project serves."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.apps import apps
from django.core import signals
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import response_for_exception
from django.http import Http404

from portico.adapters.asgi import live
from portico.builtin import failed_login, request_finished, request_started, user_logged_in, user_logged_out
from portico.errors import HostError
from portico.signals import Undo, Undoing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from portico.adapters.asgi import ASGIApplication, Receive, Send
    from portico.host import Portico


ABORTING: Final = (BadRequest, Http404, PermissionDenied, SuspiciousOperation)
"""What Django answers with a page of its own: a receiver of `request_started` ends a request with it."""


class PorticoMiddleware:
    """Raises `request_started` and `request_finished`; stands first in `MIDDLEWARE`, so that it sees what goes out.

    The sender is `django.apps.apps`, which stands for the project. In an asynchronous project, coroutine receivers are
    awaited in the event loop; else they run as they do in `Signal.send`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        """Make sure that the host is open: whoever builds the middleware is about to serve."""
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        config = _config()
        config.open_to_serve()
        self._config = config

    def __call__(self, request: Any) -> Any:
        """Return the response, or the coroutine that does."""
        if self._is_async:
            return self._answer_async(request)
        if not self._config.is_serving():
            return self._get_response(request)
        try:
            request_started.send(apps)
        except ABORTING as error:
            # A guard that aborts a request must not be swallowed: that would open what it guards.
            response = response_for_exception(request, error)
        else:
            response = self._get_response(request)
        request_finished.send(apps, response=response)
        return response

    async def _answer_async(self, request: Any) -> Any:
        get_response: Callable[[Any], Awaitable[Any]] = self._get_response
        if not self._config.is_serving():
            return await get_response(request)
        try:
            await request_started.send_async(apps)
        except ABORTING as error:
            response = await sync_to_async(response_for_exception, thread_sensitive=False)(request, error)
        else:
            response = await get_response(request)
        await request_finished.send_async(apps, response=response)
        return response


class ProjectWithLifespan:
    """An asynchronous Django project that takes part in the lifespan that its server offers; see `with_lifespan`."""

    def __init__(self, application: ASGIApplication) -> None:
        self.app: Final = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer, as the project does."""
        if scope["type"] == "lifespan":
            config = _config()
            await live(self.app, scope, receive, send, opening=lambda: _opened(config), closing=config.host.close)
        else:
            await self.app(scope, receive, send)


def with_lifespan(application: ASGIApplication) -> ProjectWithLifespan:
    """Close the host of a project when its asynchronous server stops it: of `get_asgi_application()` in `asgi.py`.

    Django takes no part in lifespans, and uvicorn ends its processes in a way that runs nothing at their exit.
    """
    return ProjectWithLifespan(application)


def _opened(config: Any) -> bool:
    config.open_to_serve(again=True)
    return True


def _config() -> Any:
    if not apps.is_installed("portico.adapters.django"):
        msg = "PorticoMiddleware has no host; put 'portico.adapters.django' into INSTALLED_APPS, too"
        raise HostError(msg)
    return apps.get_app_config("portico")


class Person:
    """Whoever signed in or out, as the built-in signals say it; `account` is what Django calls the user."""

    def __init__(self, account: Any) -> None:
        self.account = account

    @property
    def id(self) -> int | str | None:
        """The primary key."""
        key: int | str | None = self.account.pk
        return key

    @property
    def name(self) -> str:
        """What the person signs in with."""
        return str(self.account.get_username())

    @property
    def email(self) -> str | None:
        """Where the person is written to; None if unknown."""
        field = self.account.get_email_field_name() if hasattr(self.account, "get_email_field_name") else "email"
        return getattr(self.account, field, None) or None


def watch_requests(host: Portico) -> Undo:
    """Follow other processes at the start of each request, and settle at its end; return what undoes it.

    Django's own signals are the moments: under ASGI it sends them in a thread, so that no event loop waits for a store.
    """

    def begin(**_: Any) -> None:
        if host.is_open:
            host.plugins.check()

    def end(**_: Any) -> None:
        if host.is_open:
            host.plugins.settle()

    return _connect({signals.request_started: begin, signals.request_finished: end})


def watch_logins() -> Undo:
    """Raise `user_logged_in`, `user_logged_out` and `failed_login` for `django.contrib.auth`; return what undoes it.

    Nothing is raised where the project does not use it.
    """
    if not apps.is_installed("django.contrib.auth"):
        return Undoing(lambda: None)
    from django.contrib import auth  # noqa: PLC0415 - only where it is installed

    def logged_in(user: Any, **_: Any) -> None:
        user_logged_in.send(apps, user=Person(user))

    def logged_out(user: Any, **_: Any) -> None:
        # Django also sends when nobody was signed in.
        if user is not None and user.is_authenticated:
            user_logged_out.send(apps, user=Person(user))

    def failed(credentials: Mapping[str, Any], **_: Any) -> None:
        name = credentials.get("username", credentials.get(auth.get_user_model().USERNAME_FIELD))
        if isinstance(name, str):  # Not for tokens and the like.
            failed_login.send(name)

    return _connect(
        {
            auth.signals.user_logged_in: logged_in,
            auth.signals.user_logged_out: logged_out,
            auth.signals.user_login_failed: failed,
        }
    )


def _connect(receivers: Mapping[Any, Callable[..., None]]) -> Undo:
    with ExitStack() as undo:
        for signal, receiver in receivers.items():
            signal.connect(receiver, weak=False)
            undo.callback(signal.disconnect, receiver)
        return Undoing(undo.pop_all().close)
