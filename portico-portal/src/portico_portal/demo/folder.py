"""Looks after the folder in which a demo keeps its data from one run to the next."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from portico.errors import ConfigurationError

MARKER = "portico-demo.txt"
MARKER_TEXT = "This folder belongs to `portico-portal demo`, and `portico-portal demo --fresh` deletes it.\n"


class DemoFolder:
    """A folder that is recognised as a demo's by the marker in it; no other is ever written to or deleted."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.database = self.path / "portal.db"
        self.mailbox = self.path / "mailbox"
        self.log = self.path / "portico.log"
        self._marker = self.path / MARKER
        self._key = self.path / "secret_key"

    @property
    def database_url(self) -> str:
        """The URL of its database, made from its parts: a question mark in the path would end one that is pasted."""
        return URL.create("sqlite", database=str(self.database)).render_as_string()

    def prepare(self, *, fresh: bool) -> None:
        """Make it, or take it as it is; `fresh` empties it first.

        Raises:
            ConfigurationError: it holds something else, it cannot be made, or a running demo would lose it.
        """
        try:
            self._refuse_a_stranger()
            if fresh and self.path.exists():
                self._delete()
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # password hashes and mails are in it
            self._marker.write_text(MARKER_TEXT, encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"cannot use {str(self.path)!r} for the demo: {error.strerror}") from error

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep others from starting this folder over."""
        with self._marker.open("rb") as marker:
            fcntl.flock(marker, fcntl.LOCK_SH)
            yield

    def secret_key(self) -> str:
        """A key of its own, made at the first run: sessions survive a restart."""
        if not self._key.exists():
            with os.fdopen(os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        return self._key.read_text(encoding="ascii")

    def _refuse_a_stranger(self) -> None:
        if self.path.exists() and not self._marker.is_file() and any(self.path.iterdir()):
            raise ConfigurationError(
                f"{str(self.path)!r} holds something that is not a demo's; choose another folder with --data"
            )

    def _delete(self) -> None:
        if self._marker.is_file():
            with self._marker.open("rb") as marker:
                try:
                    fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise ConfigurationError(
                        f"a running demo uses {str(self.path)!r}; stop it first, or choose another with --data"
                    ) from None
        shutil.rmtree(self.path)
