"""Starts commands whose output goes to a file, and ends all of them when the caller is ended."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import Final

from scripts.pythons.versions import ROOT

UV: Final = ROOT / ".venv" / "bin" / "uv"

Say = Callable[[str], None]
"""Tells the user what is being done."""


class FailedError(Exception):
    """A command ended with an error; the message says which, and where its output is."""


class Commands:
    """The commands that run at this moment."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, command: Sequence[str | Path], log: Path | None = None) -> int:
        """Run a command and return its exit code; what it says is added to `log`, or shown where there is none."""
        with log.open("ab") if log else nullcontext() as said:
            with self._lock:
                if self._stopped:
                    msg = f"{command[0]} was not started, because everything is being stopped"
                    raise FailedError(msg)
                # A session of its own: what it starts in turn can then be ended with it.
                process = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
                )
                self._running.add(process)
            try:
                return process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)

    def check(self, command: Sequence[str | Path], log: Path) -> None:
        """Run a command that has to succeed.

        Raises:
            FailedError: it did not.
        """
        if code := self.run(command, log):
            msg = f"{' '.join(map(str, command[:3]))} ended with {code}: see {log.relative_to(ROOT)}"
            raise FailedError(msg)

    def stop(self) -> None:
        """End everything that runs, and start nothing any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                os.killpg(process.pid, signal.SIGTERM)
