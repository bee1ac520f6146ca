"""Works off orders in a plain script with Portico, and a plugin of its own; no framework, and no extra.

pip install portico-signals
python app.py tea coffee < more-orders.txt
"""

import signal
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from portico import IPluginBootstrap, Namespace, Plugin, Portico, implements
from portico.host import FileStateStore

shop = Namespace("shop")


@shop.signal
def order_placed(customer: str, /, *, item: str) -> None:
    """Sent after an order was placed."""


class Journal(Plugin):
    """Writes orders into a file, which is open for as long as the plugin is enabled."""

    implements(IPluginBootstrap)
    name = "journal"

    def bootstrap(self) -> Iterator[None]:
        """Open the file and listen, until the plugin is disabled or the script ends."""
        with Path("journal.txt").open("a", encoding="utf-8") as self.file:
            order_placed.connect(self.note_order)
            yield
            self.write("closed")

    def note_order(self, customer: str, item: str) -> None:
        """Write down what was ordered."""
        self.write(f"{customer} ordered {item}")

    def write(self, line: str) -> None:
        """Write a line, so that others can read it at once."""
        print(line, file=self.file, flush=True)


def main() -> None:
    """Place the orders of the command line, then those that are typed, one a line."""
    # Python itself would end at once, and close nothing.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with Portico(plugins=[Journal], state=FileStateStore("plugins.json")) as host:
        print("ready", flush=True)
        for item in chain(sys.argv[1:], map(str.strip, sys.stdin)):
            host.plugins.check()
            order_placed.send("somebody", item=item)
            host.plugins.settle()


if __name__ == "__main__":
    main()
