"""Starts and stops the demo's mail server, which is a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Self

from portico.errors import PorticoError

STOP_TIMEOUT_SECONDS = 5


class MailboxProcess:
    """The running mail server; use it as a context manager.

    It listens on a port of its own choosing, and ends when our end of its standard input is closed: also when
    this process is killed.
    """

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "portico_portal.mailbox", str(folder)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # Ctrl-C in a terminal is for us: who stops the mail server is this object
        )

    def wait_for_port(self) -> int:
        """The port, as soon as it listens.

        Raises:
            PorticoError: it ended instead.
        """
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.strip().isdigit():
            raise PorticoError("the demo's mail server did not start; its output is above")
        return int(line)

    def close(self) -> None:
        """Let it finish, and wait for that."""
        try:
            self._process.communicate(timeout=STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
