"""Plays the server of an ASGI application: its lifespan and its requests, message by message, or with httpx."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from portico.adapters.asgi import ASGIApplication, Message


@asynccontextmanager
async def living(app: ASGIApplication) -> AsyncIterator[list[Message]]:
    """Start and end the lifespan of an application, as a server does; what it has said is in the list."""
    asked: asyncio.Queue[Message] = asyncio.Queue()
    said: list[Message] = []
    answered = asyncio.Event()

    async def send(message: Message) -> None:
        said.append(message)
        answered.set()

    task = asyncio.create_task(_await(app({"type": "lifespan", "asgi": {"version": "3.0"}}, asked.get, send)))
    await _ask(asked, "lifespan.startup", task, answered)
    yield said
    await _ask(asked, "lifespan.shutdown", task, answered)
    await task


async def _ask(asked: "asyncio.Queue[Message]", what: str, task: "asyncio.Task[None]", answered: asyncio.Event) -> None:
    if not task.done():
        answered.clear()
        asked.put_nowait({"type": what})
        waiting = asyncio.create_task(answered.wait())
        await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()


async def _await(awaitable: Awaitable[None]) -> None:
    await awaitable


async def get(app: ASGIApplication, *paths: str) -> list[httpx.Response]:
    """Get pages of an application, one after another."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://shop",
    ) as client:
        return [await client.get(path) for path in paths]


def http(path: str = "/") -> dict[str, Any]:
    """Return the scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
    }


async def call(
    app: ASGIApplication,
    scope: dict[str, Any],
    received: Sequence[Message] = (),
    send: Callable[[Message], Awaitable[None]] | None = None,
) -> list[Message]:
    """Call an application once; return what it has sent."""
    messages = list(received)
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send or keep)
    return sent
