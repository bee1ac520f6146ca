"""Reads the data of an action field by field, and collects everything that is wrong with it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from portico.errors import ValidationError

MISSING: Final = "Missing value"
UNKNOWN: Final = "There is no such field"
LARGEST_NUMBER: Final = 2**31 - 1
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether every database takes a text: PostgreSQL has no NUL, and half a surrogate pair is no character."""
    return _UNSTORABLE.search(text) is None


class Fields:
    """The fields of one `data_dict`. Read each that there is, then `check`."""

    def __init__(self, data_dict: Mapping[str, Any]) -> None:
        self._given: Final = data_dict
        self._read: Final[set[str]] = set()
        self.errors: Final[dict[str, str]] = {}
        """One message for each field that cannot be taken, by its name."""

    def text(self, name: str, *, required: bool = True) -> str:
        """A text without the blanks around it; empty where it is left out."""
        return str(self._take(name, str, "Use a text", "", required=required)).strip()

    def secret(self, name: str) -> str | None:
        """A text as it is, or None."""
        value = self._take(name, str, "Use a text", None, required=False)
        return value if value is None else str(value)

    def flag(self, name: str) -> bool:
        """True or false; false where it is left out."""
        return bool(self._take(name, bool, "Use true or false", False, required=False))

    def number(self, name: str, *, default: int | None = None, largest: int = LARGEST_NUMBER) -> int:
        """A whole number from 0; digits will do, as an address has nothing else. Without a default it is required."""
        value = self._given.get(name)
        if isinstance(value, str) and re.fullmatch("[0-9]{1,20}", value):
            # More digits are too many for any number here, and thousands of them for Python.
            value = int(value)
        self._read.add(name)
        if value is None:
            self.add(name, MISSING if default is None else None)
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
            self.add(name, f"Use a whole number from 0 to {largest}")
        else:
            return value
        return default or 0

    def key(self, name: str) -> int | str:
        """A row's number, or a name."""
        value = self._given.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            self._read.add(name)
            return value
        return self.text(name)

    def add(self, name: str, error: str | None) -> None:
        """Note what is wrong with a field, if anything; the first word counts."""
        if error:
            self.errors.setdefault(name, error)

    def check(self) -> None:
        """Return if nothing is wrong and every field given was read.

        Raises:
            ValidationError: one message for each field that cannot be taken.
        """
        for name in self._given:
            if name not in self._read:
                self.add(str(name), UNKNOWN)
        if self.errors:
            raise ValidationError(self.errors)

    def _take(self, name: str, kind: type, error: str, default: Any, *, required: bool) -> Any:
        self._read.add(name)
        value = self._given.get(name)
        if isinstance(value, kind) and not (isinstance(value, str) and not is_storable(value)):
            if required and not value:
                self.add(name, MISSING)
            return value
        if value is not None:
            self.add(name, error)
        elif required:
            self.add(name, MISSING)
        return default
