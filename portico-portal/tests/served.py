"""Runs a portal as an operator does, gunicorn with three workers, and lets people use it at the same time."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import httpx

from portico_portal import Database
from portico_portal.models import User
from tests.running import add_user
from tests.visitor import fields_of

GUNICORN = Path(sys.executable).with_name("gunicorn")
WORKERS = 3
TIMEOUT_SECONDS = 60

# gunicorn tells of a worker before it has loaded the application; this line is written when it has.
HOOKS = """
def post_worker_init(worker):
    worker.log.info("worker %s is ready", worker.pid)
"""

T = TypeVar("T")


class Person:
    """Somebody with a browser of their own, at an address of their own on loopback."""

    def __init__(self, url: str, address: str) -> None:
        transport = httpx.HTTPTransport(local_address=address)
        self.client = httpx.Client(base_url=url, transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.client.post(path, **more)

    def form(self, path: str, action: str = "") -> dict[str, str]:
        """The fields of the form on the page `path` that is sent to `action`."""
        page = self.get(path)
        forms = fields_of(page.text)
        assert action in forms, f"{path} shows no form for {action!r}: {page.status_code}"
        return forms[action]

    def submit(self, path: str, **typed: str) -> httpx.Response:
        return self.post(path, data=self.form(path) | typed)

    def press(self, path: str, action: str) -> httpx.Response:
        """Press the button of the form on the page `path` that is sent to `action`."""
        return self.post(action, data=self.form(path, action))

    def sign_in(self, name: str, password: str) -> httpx.Response:
        return self.submit("/sign-in", name=name, password=password)

    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == httpx.codes.OK


class ServedPortal:
    """A running gunicorn on a free port of loopback; a context manager that stops it, workers and all.

    Args:
        folder: it is started there; nothing else is written into it.
        settings: of the portal, as the environment holds them: `port=1` is `PORTICO_PORT=1`.
        arguments: more arguments for gunicorn.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], arguments: Sequence[str] = ()) -> None:
        self.database_url = str(settings["database_url"])
        self._folder = folder
        self._arguments = arguments
        self._environment = {"PATH": os.environ["PATH"]} | {
            f"PORTICO_{name.upper()}": str(value) for name, value in settings.items()
        }
        self._undo = ExitStack()
        self._lines: list[str] = []
        self._said = threading.Condition()

    @property
    def log(self) -> str:
        """Everything that gunicorn and the portal have written so far."""
        with self._said:
            return "".join(self._lines)

    def wait_for(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """The first match of `pattern` in the log, once there are so many.

        Raises:
            AssertionError: they were not written within a minute, or before gunicorn ended.
        """
        with self._said:
            self._said.wait_for(lambda: self._has_ended() or self._count(pattern) >= times, TIMEOUT_SECONDS)
            assert self._count(pattern) >= times, f"{pattern!r} was not written:\n{''.join(self._lines)}"
            found = re.search(pattern, "".join(self._lines))
        assert found is not None
        return found

    @property
    def pid(self) -> int:
        """The process that looks after the workers; also the number of their group."""
        return self._process.pid

    def person(self, *, address: str = "127.0.0.1") -> Person:
        """Somebody who was never here before."""
        person = Person(self.url, address)
        self._undo.callback(person.client.close)
        return person

    def add_user(self, name: str, **more: Any) -> User:
        """Make an account, straight in the database."""
        return add_user(self.database, name, **more)

    def __enter__(self) -> Self:
        with self._undo:
            hooks = self._folder / "gunicorn_hooks.py"
            hooks.write_text(HOOKS)
            command: list[str | Path] = [GUNICORN, "--config", hooks, "--no-control-socket", "--bind", "127.0.0.1:0"]
            self._process = subprocess.Popen(
                [*command, f"--workers={WORKERS}", "--threads=8", *self._arguments, "portico_portal:create_app()"],
                cwd=self._folder,
                env=self._environment,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            self._undo.callback(self._stop)
            self._reader = threading.Thread(target=self._read)
            self._reader.start()
            self.url = self.wait_for(r"Listening at: (http://127\.0\.0\.1:\d+)")[1]
            self.wait_for(r"worker \d+ is ready", times=WORKERS)
            self.database = Database(self.database_url)
            self._undo.callback(self.database.close)
            self._undo = self._undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop it as an operator does; what was stopped once stays as it is."""
        self._undo.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            for line in stderr:
                with self._said:
                    self._lines.append(line)
                    self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def _has_ended(self) -> bool:
        return self._process.poll() is not None

    def _count(self, pattern: str) -> int:
        return len(re.findall(pattern, "".join(self._lines)))

    def _stop(self) -> None:
        try:
            self._process.terminate()
            self._process.wait(TIMEOUT_SECONDS)
        finally:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(TIMEOUT_SECONDS)
            self._reader.join(TIMEOUT_SECONDS)


class Serve(Protocol):
    """Start a portal with these settings; it is stopped when the test is over."""

    def __call__(self, *arguments: str, **settings: Any) -> ServedPortal: ...


def at_once(*calls: Callable[[], T]) -> list[T]:
    """What these calls return, all of them started at the same moment, each in a thread of its own."""
    together = threading.Barrier(len(calls))

    def wait_and_call(call: Callable[[], T]) -> T:
        together.wait(TIMEOUT_SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(wait_and_call, calls))
