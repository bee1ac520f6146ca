"""Serves a Flask application with Portico, and a plugin of its own.

pip install 'portico-signals[flask]' gunicorn
gunicorn --workers 2 app:app
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from portico import IPluginBootstrap, Namespace, Plugin, Portico, implements
from portico.builtin import Response, request_finished
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

    def note_order(self, customer: str, item: str) -> None:
        """Write down what was ordered."""
        self.write(f"{customer} ordered {item}")

    def note_response(self, app: Any, response: Response) -> None:
        """Write down how a request ended."""
        self.write(f"{app.name} answered {response.status_code}")

    def write(self, line: str) -> None:
        """Write a line, so that others can read it at once."""
        print(line, file=self.file, flush=True)


app = Flask("shop")


@app.post("/orders/<customer>/<item>")
def place(customer: str, item: str) -> str:
    """Place an order."""
    order_placed.send(customer, item=item)
    return "thank you"


host = Portico(plugins=[Journal], state=FileStateStore("plugins.json"))
host.init_app(app)
