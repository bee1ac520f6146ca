"""Runs a server with several workers, and asks all of them."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

WORKERS = 3
TIMEOUT_SECONDS = 60
AT_ONCE = 6


class Answer(NamedTuple):
    """What a worker said, and when it was asked."""

    asked_at: float
    told: dict[str, Any]


class Workers:
    """A server on a free port; a context manager that stops it.

    It is given a socket that listens already: what is asked before a worker is there waits in the socket.
    """

    def __init__(self, command: Sequence[object], folder: Path, **environment: str) -> None:
        """Take the command, in which `{fd}` is the number of the socket, and the folder that it is run in."""
        self.command = command
        self._folder = folder
        self._environment = environment
        self._said: list[str] = []
        self.url = ""

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            self._process = subprocess.Popen(
                [str(part).format(fd=listening.fileno()) for part in self.command],
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], **self._environment},
                pass_fds=[listening.fileno()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Stop it as an init system does; return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(TIMEOUT_SECONDS)
        finally:
            self._process.kill()
        self._reader.join()
        return code

    @property
    def said(self) -> str:
        """What it has written into its log."""
        return "".join(self._said)

    def get(self, path: str = "/", **params: str) -> Answer:
        """Ask one worker, on a connection of its own."""
        asked_at = time.monotonic()
        response = httpx.get(self.url + path, params=params, timeout=TIMEOUT_SECONDS, trust_env=False)
        assert response.status_code == 200, (response.text, self.said)
        return Answer(asked_at, response.json())

    def get_until(self, enough: Callable[[list[Answer]], bool]) -> list[Answer]:
        """Ask, several times at once, until the answers are enough."""
        answers: list[Answer] = []
        until = time.monotonic() + TIMEOUT_SECONDS
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not enough(answers):
                assert time.monotonic() < until, (answers[-20:], self.said)
                answers += pool.map(lambda _: self.get(), range(AT_ONCE))
        return answers

    def each(self, *, since: float = 0) -> dict[int, dict[str, Any]]:
        """Return what each worker says when it is asked after a moment, by its process."""
        answers = self.get_until(lambda answers: len(workers_in(answers, since)) >= WORKERS)
        return {answer.told["worker"]: answer.told for answer in answers if answer.asked_at >= since}

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._said += lines


def workers_in(answers: Sequence[Answer], since: float = 0) -> set[int]:
    """Return the processes of the workers that were asked after a moment."""
    return {answer.told["worker"] for answer in answers if answer.asked_at >= since}
