"""Runs `portico-portal serve` as its operator does: processes of their own on one database."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

PORTICO = Path(sys.executable).with_name("portico-portal")
TIMEOUT_SECONDS = 60
PASSWORD = "correct horse battery"


class ServedProcess:
    """One process of a portal on a free port; a context manager that stops it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._environment = {"PATH": os.environ["PATH"], "PORTICO_SECRET_KEY": "k" * 32} | environment
        self._folder = folder

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [PORTICO, "serve", "--port", "0"],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        said = ""
        for line in self._process.stderr:
            said += line
            if found := re.search(r"listens on (127\.0\.0\.1:\d+)", line):
                self.client = httpx.Client(base_url=f"http://{found[1]}", timeout=TIMEOUT_SECONDS)
                return self
        raise AssertionError(f"the portal did not start:\n{said}")

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            self._process.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    def create_admin(self, name: str) -> None:
        subprocess.run(
            [PORTICO, "admin", "create", name, "--email", f"{name}@example.org", "--password-stdin"],
            cwd=self._folder,
            env=self._environment,
            input=PASSWORD,
            text=True,
            check=True,
            capture_output=True,
        )

    def sign_in(self, name: str) -> None:
        answer = self.post("/sign-in", "/sign-in", name=name, password=PASSWORD)
        assert answer.status_code == 302, answer.text

    def post(self, page: str, address: str, **typed: str) -> httpx.Response:
        """Send a form of `page` to `address`."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)
        assert token is not None
        return self.client.post(address, data={"csrf_token": token[1], **typed})

    def switch(self, plugin: str, verb: str) -> httpx.Response:
        return self.post(f"/console/plugins/{plugin}", f"/console/plugins/{plugin}/{verb}", back="plugin")

    def plugin(self, name: str) -> dict[str, Any]:
        answer = self.client.get(f"/console/plugins/{name}.json")
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content
