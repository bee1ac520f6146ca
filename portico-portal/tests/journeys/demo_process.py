"""Runs `portico-portal demo` as its user does: a process of its own, watched through what it prints."""

import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Self

PORTICO = Path(sys.executable).with_name("portico-portal")
TIMEOUT_SECONDS = 60


class DemoProcess:
    """A running demo on a free port, with its data in `folder`; a context manager that stops it with Ctrl-C."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.folder = folder
        self.printed: list[str] = []
        self._lines: Queue[str | None] = Queue()
        self._process = subprocess.Popen(
            [PORTICO, "demo", "--data", folder, "--port", str(port), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # A thread reads, so that waiting for a line can end.
        self._reader = Thread(target=self._read)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of `pattern` in a line that is printed from now on, or was and is not yet read.

        Raises:
            AssertionError: the demo ended, or a minute passed, without printing it.
        """
        while True:
            try:
                line = self._lines.get(timeout=TIMEOUT_SECONDS)
            except Empty:
                line = None
            if line is None:
                raise AssertionError(f"the demo did not print {pattern!r}:\n{''.join(self.printed)}")
            if found := re.search(pattern, line):
                return found

    def stop(self) -> int:
        """Stop it with Ctrl-C, as a person would, and return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        code = self._process.wait(TIMEOUT_SECONDS)
        self._reader.join(TIMEOUT_SECONDS)
        return code

    def stored(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows of the demo's database, read from its file."""
        connection = sqlite3.connect(f"file:{self.folder / 'portal.db'}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                self.printed.append(line)
                self._lines.put(line)
        self._lines.put(None)

    def __enter__(self) -> Self:
        self.url = self.wait_for(r"Open\s+(http://\S+)")[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
