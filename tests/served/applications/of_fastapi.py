"""Answers with FastAPI and several workers: a page in the event loop, and one in a thread."""

from typing import Any

from fastapi import FastAPI, Request

from tests.served.applications import plugins

app = FastAPI()
host = plugins.make_host()
host.init_app(app)


@app.get("/")
async def page() -> Any:
    return plugins.answer(host, {})


@app.get("/switch")
def switch(request: Request) -> Any:
    return plugins.answer(host, request.query_params)
