"""Wraps an ASGI application: its host opens and closes with it, and its requests are signals."""

from __future__ import annotations

import logging
from asyncio import to_thread
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from portico.adapters.pageless import PagelessApplication
from portico.builtin import request_finished, request_started
from portico.errors import HostError
from portico.host import caller, is_looking
from portico.signals import Mutex, Undo, Undoing

if TYPE_CHECKING:
    from portico.host import Portico

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)


class Response:
    """What went out to the client, as far as a server was given it: the `response` of `request_finished`."""

    def __init__(self) -> None:
        self.status_code = 500
        """The HTTP status; 500 where the application failed, or ended, before it began to answer."""
        self.headers: list[tuple[bytes, bytes]] = []
        """As they were sent: names in lower case."""
        self.is_complete = False
        """Whether all of it was sent; not where the client went away, or the application failed in the middle."""

    def going(self, message: Message) -> None:
        """Take note of what is about to be sent."""
        if message["type"] == "http.response.start":
            self.status_code = message["status"]
            self.headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]

    def gone(self, message: Message) -> None:
        """Take note of what the server has taken."""
        if message["type"] in {"http.response.body", "http.response.pathsend", "http.response.zerocopysend"}:
            self.is_complete = not message.get("more_body", False)


class PorticoMiddleware(PagelessApplication):
    """An ASGI application with its host. Put it around everything else, so that it sees what really goes out.

    The host is opened when the server starts the application's lifespan, before the application's own part in it, and
    closed after that. Where the server has no lifespans, it is opened with the first request, and closed when the
    process ends. A host that was opened already is served as it is, and stays open.

    Each HTTP request raises `request_started` before the application sees it and `request_finished` when the
    application is done with it, whether or not all of the response went out; coroutine receivers are awaited in the
    server's event loop. Websockets raise neither.

    app = PorticoMiddleware(app, Portico(plugins=["audit"]))
    """

    aborting: tuple[type[Exception], ...] = ()
    """What a receiver of `request_started` ends a request with, in the framework that this is for."""

    def __init__(
        self, app: ASGIApplication, host: Portico, *, application: object = None, at: str | None = None
    ) -> None:
        """Wrap an application; nothing is opened yet.

        Args:
            app: what answers.
            host: what is opened for it.
            application: the sender of its signals; `app` if left out.
            at: the file and line that gave it this host; whoever calls this if left out.
        """
        self.app: Final = app
        self.host: Final = host
        self._application: Final = app if application is None else application
        self._at: Final = at or caller()
        self._opening: Final = Mutex()
        self._has_opened = False
        self._is_serving = False
        self._refusal: str | None = None
        if is_looking():  # There is no server, then, that would begin.
            self._open()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer, as the application does.

        Raises:
            HostError: another host took the place of this one, or this one cannot be opened.
        """
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if not self._has_opened:
            await to_thread(self._open)
        if self._refusal is not None:
            raise HostError(self._refusal)
        if scope["type"] == "http" and self._is_serving and self.host.is_open:
            await self._answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    # -- what the host asks of an application -------------------------------------------------------------------

    def serve(self, host: Portico) -> Undo:  # noqa: ARG002 - it is given at the beginning
        """Raise the signals of requests; return what undoes it."""
        self._has_opened = self._is_serving = True
        passing = request_started.let_pass(*self.aborting)

        @Undoing
        def undo() -> None:
            self._is_serving = False
            passing.cancel()

        return undo

    def answering(self, error: Exception) -> ASGIApplication:
        """Return what answers a request that was aborted; one that nothing answers fails."""
        raise error

    def refuse(self, host: Portico, why: str) -> Undo:  # noqa: ARG002 - as above
        """Let every request fail with a `HostError`; return what undoes it."""
        self._refusal = why

        @Undoing
        def undo() -> None:
            self._refusal = None

        return undo

    # -- requests -----------------------------------------------------------------------------------------------

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        plugins, response, app = self.host.plugins, Response(), self.app

        async def note(message: Message) -> None:
            response.going(message)
            await send(message)
            response.gone(message)

        # Stores wait for disks and networks: in a thread, and only when there is something to ask or to tell.
        if plugins.is_check_due:
            await to_thread(plugins.check)
        try:
            await request_started.send_async(self._application)
        except self.aborting as error:
            # A guard that aborts a request must not be swallowed: that would open what it guards.
            app = self.answering(error)
        try:
            await app(scope, receive, note)
        finally:
            await request_finished.send_async(self._application, response=response)
            if not plugins.is_settled:
                await to_thread(plugins.settle)

    # -- the life of the application ----------------------------------------------------------------------------

    async def _live(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        has_started = False
        try:
            has_started = await live(
                self.app, scope, receive, send, opening=lambda: self._open(again=True), closing=self.host.close
            )
        finally:
            if not has_started:
                # Some servers go on without a lifespan where an application fails in it: with the next request, then.
                self._has_opened = False

    def _open(self, *, again: bool = False) -> bool:
        """Open the host, in the first of the threads that ask for it; tell whether this one did."""
        with self._opening:
            if self._is_serving or (self._has_opened and not again):
                return False
            if self.host.is_open:
                self.serve(self.host)
                return False
            self.host.open_for(self, at=self._at)
            return True


async def live(
    app: ASGIApplication,
    scope: MutableMapping[str, Any],
    receive: Receive,
    send: Send,
    *,
    opening: Callable[[], bool],
    closing: Callable[[], object],
) -> bool:
    """Live the lifespan of an application, and something around it; an application that knows of none has one, too.

    Args:
        app: the application.
        scope: the lifespan.
        receive: what tells of it.
        send: what answers.
        opening: called in a thread, before the application hears of its start; tells if there is something to close.
        closing: called in a thread, before the server hears of the end; only if there is.

    Returns:
        Whether the application had started when it ended.
    """
    startup = await receive()
    try:
        is_to_close = await to_thread(opening)
    except Exception as error:
        logger.exception("the host could not be opened; the application does not start")
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return False
    lifespan = _Lifespan(startup, receive, send, closing if is_to_close else None)
    try:
        try:
            await app(scope, lifespan.receive, lifespan.send)
        except Exception:
            if lifespan.has_been_heard:
                raise
            logger.debug("the application takes no part in its lifespan", exc_info=True)
        if not lifespan.has_been_heard:
            await lifespan.receive()
            await lifespan.send({"type": "lifespan.startup.complete"})
            await lifespan.receive()
            await lifespan.send({"type": "lifespan.shutdown.complete"})
    finally:
        await lifespan.close()
    return lifespan.has_started


class _Lifespan:
    """What the server and the application tell one another, and what is closed before the server hears of the end."""

    def __init__(self, startup: Message, receive: Receive, send: Send, closing: Callable[[], object] | None) -> None:
        self._startup: Final = startup
        self._receive: Final = receive
        self._send: Final = send
        self._closing = closing
        self.has_been_heard = self.has_started = False

    async def receive(self) -> Message:
        if not self.has_been_heard:
            self.has_been_heard = True
            return self._startup
        return await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            self.has_started = True
        else:
            await self.close()
        await self._send(message)

    async def close(self) -> None:
        """Close what is to be closed: once."""
        closing, self._closing = self._closing, None
        if closing is not None:
            await to_thread(closing)


def host_of(application: object) -> Portico | None:
    """Return the host of a wrapped application."""
    return application.host if isinstance(application, PorticoMiddleware) else None
