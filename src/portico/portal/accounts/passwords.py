"""Hashes and verifies passwords with argon2id. Stores nothing."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The salted argon2id hash of `password`, parameters included."""
    return _hasher.hash(password)


def unusable_password_hash() -> str:
    """A hash that no known password fits: its owner has to set one by mail."""
    return hash_password(secrets.token_urlsafe(32))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` fits; without a hash the same work is done, so that time tells nothing."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return unusable_password_hash()
