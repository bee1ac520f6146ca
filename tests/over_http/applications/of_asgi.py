"""Answers with ASGI and several workers, without any framework."""

import json
from typing import Any
from urllib.parse import parse_qsl

from portico.adapters.asgi import PorticoMiddleware, Receive, Send
from tests.over_http.applications import plugins

host = plugins.make_host()


async def page(scope: Any, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    told = plugins.answer(host, dict(parse_qsl(scope["query_string"].decode())))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


app = PorticoMiddleware(page, host)
