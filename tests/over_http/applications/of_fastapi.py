"""Answers with FastAPI and several workers: a page in the event loop, and one in a thread."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from portico.builtin import request_finished
from tests.over_http.applications import plugins

app = FastAPI()
host = plugins.make_host()
host.init_app(app)


@app.get("/")
async def page() -> Any:
    return plugins.answer(host, {})


@app.get("/switch")
def switch(request: Request) -> Any:
    return plugins.answer(host, request.query_params)


# -- clients that leave -----------------------------------------------------------------------------------------

finished: "asyncio.Queue[bool]" = asyncio.Queue()
"""Of each response that was streamed, whether it was complete."""


@request_finished.connect
def note_end(app: object, *, response: Any) -> None:
    if (b"x-streamed", b"yes") in response.headers:
        finished.put_nowait(response.is_complete)


@app.get("/stream")
async def stream(parts: int) -> StreamingResponse:
    async def endless() -> AsyncIterator[str]:
        for _ in range(parts):
            yield "more and more" * 1000
            await asyncio.sleep(0)

    return StreamingResponse(endless(), headers={"x-streamed": "yes"})


@app.get("/next-end")
async def next_end() -> Any:
    return {"is_complete": await finished.get()}
