"""Checks what a name, an address and a password look like: each rule returns a message, or None."""

import re
from functools import cache
from importlib.resources import files

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,39}")
FULL_NAME_LENGTH = 100
EMAIL_LENGTH = 254
PASSWORD_MIN, PASSWORD_MAX = 10, 200

NAME_RULE = "2 to 40 letters, digits, dots, dashes or underscores; the first a letter or digit"
PASSWORD_RULE = f"At least {PASSWORD_MIN} characters; a few words in a row are easy to remember"
NAME_TAKEN = "This user name is taken; choose another"
EMAIL_RULE = "Write an e-mail address such as ada@example.org"
EMAIL_TAKEN = "An account with this e-mail address exists; sign in, or set a new password"


def name_error(name: str) -> str | None:
    """ASCII only: names that look alike must not be different people."""
    return None if NAME_PATTERN.fullmatch(name) else f"Use {NAME_RULE}"


def full_name_error(full_name: str) -> str | None:
    """Any alphabet, on one line."""
    if len(full_name) > FULL_NAME_LENGTH:
        return f"Use at most {FULL_NAME_LENGTH} characters"
    return None if full_name.isprintable() else "Use printable characters on one line"


def password_error(password: str) -> str | None:
    """Length is what makes a password strong, and what argon2 has to be protected from; unless it is easy to guess."""
    if len(password) < PASSWORD_MIN:
        return f"Use at least {PASSWORD_MIN} characters"
    if len(password) > PASSWORD_MAX:
        return f"Use at most {PASSWORD_MAX} characters"
    # Whoever guesses tries these first, in any case and with blanks around them.
    guess = _guess(password)
    if len(set(guess)) <= 1:
        return "Use different characters, not one again and again"
    return "This password is among the first that are guessed; use another" if guess in _common_passwords() else None


def own_name_error(password: str, name: str) -> str | None:
    """Of all guesses the first is the name; whose password it is may be known later than the password."""
    return "Use something else than the user name" if _guess(password) == name.casefold() else None


def _guess(password: str) -> str:
    return password.strip().casefold()


@cache
def _common_passwords() -> frozenset[str]:
    listed = files("portico_portal.accounts").joinpath("common_passwords.txt")
    return frozenset(listed.read_text(encoding="utf-8").split("\n"))
