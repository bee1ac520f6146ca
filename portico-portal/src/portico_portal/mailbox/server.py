"""Takes every mail that is sent to it on loopback, and stores it in a Maildir."""

import asyncio
import signal
import sys
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

LOOPBACK = "127.0.0.1"


async def serve_mailbox(folder: Path) -> None:
    """Listen on a free port, print it, and go on until standard input ends.

    The process that started this one holds the other end of standard input: however that one dies, this one
    ends too.
    """
    loop = asyncio.get_running_loop()
    handler = Mailbox(folder)
    server = await loop.create_server(lambda: SMTP(handler, hostname="localhost", loop=loop), LOOPBACK, 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how the port is handed on
    async with server:
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Run it as `python -m portico_portal.mailbox FOLDER`."""
    # Ctrl-C reaches every process of the terminal; the demo tells this one when it is time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve_mailbox(Path(sys.argv[1])))
