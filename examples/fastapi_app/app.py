"""Serves a FastAPI application with Portico, and a plugin whose receivers are coroutine functions.

pip install 'portico-signals[asgi]' fastapi uvicorn
uvicorn --workers 2 app:app
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException

from portico import IPluginBootstrap, Namespace, Plugin, Portico, implements
from portico.builtin import request_finished
from portico.host import FileStateStore

shop = Namespace("shop")


@shop.signal
def order_placed(customer: str, /, *, item: str) -> None:
    """Sent after an order was placed."""


class Journal(Plugin):
    """Writes orders and responses into a file, which is open for as long as the plugin is enabled."""

    implements(IPluginBootstrap)
    name = "journal"

    def bootstrap(self) -> Iterator[None]:
        """Open the file and listen, until the plugin is disabled or the server stops."""
        with Path("journal.txt").open("a", encoding="utf-8") as self.file:
            order_placed.connect(self.note_order)
            request_finished.connect(self.note_response)
            yield
            self.write("closed")

    async def note_order(self, customer: str, item: str) -> None:
        """Write down what was ordered, while the event loop goes on."""
        await asyncio.to_thread(self.write, f"{customer} ordered {item}")

    async def note_response(self, app: Any, response: Any) -> None:
        """Write down how a request ended, and whether the client got all of it."""
        how = "answered" if response.is_complete else "broke off"
        await asyncio.to_thread(self.write, f"{app.title} {how} {response.status_code}")

    def write(self, line: str) -> None:
        """Write a line, so that others can read it at once."""
        print(line, file=self.file, flush=True)


app = FastAPI(title="shop")


@app.post("/orders/{customer}/{item}")
async def place(customer: str, item: str) -> str:
    """Place an order."""
    if item == "nothing":
        raise HTTPException(422, "order something")
    await order_placed.send_async(customer, item=item)
    return "thank you"


host = Portico(plugins=[Journal], state=FileStateStore("plugins.json"))
host.init_app(app)
