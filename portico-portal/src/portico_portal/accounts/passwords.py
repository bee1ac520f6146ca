"""Hashes and verifies passwords with argon2id, a limited number of them at a time."""

import math
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portico_portal.errors import TooBusyError


class Passwords:
    """Hashes and verifies passwords in this process.

    One takes 64 MiB of memory and all that a core can do for some tenths of a second. Whoever may ask for it
    without an account could otherwise stop everything else with a handful of requests.

    Args:
        at_once: how many may be hashed or verified at the same time.
        wait_seconds: how long the others wait for their turn.
    """

    def __init__(self, *, at_once: int = 2, wait_seconds: float = 5) -> None:
        self._hasher = PasswordHasher()
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds

    def hash(self, password: str) -> str:
        """The salted argon2id hash of `password`, parameters included.

        Raises:
            TooBusyError: its turn did not come in time.
        """
        with self._turn():
            return self._hasher.hash(password)

    def unusable_hash(self) -> str:
        """A hash that no known password fits: its owner has to set one by mail.

        Raises:
            TooBusyError: its turn did not come in time.
        """
        return self.hash(secrets.token_urlsafe(32))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` fits; without a hash the same work is done, so that time tells nothing.

        Raises:
            TooBusyError: its turn did not come in time.
        """
        with self._turn():
            if password_hash is None:
                self._hasher.hash(password)
                return False
            try:
                return self._hasher.verify(password_hash, password)
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise TooBusyError(max(1, math.ceil(self._wait_seconds)))
        try:
            yield
        finally:
            self._turns.release()
