"""The configuration as extensions read it, and how they read its values. Holds none itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

TRUE: Final = frozenset({"true", "yes", "on", "y", "t", "1"})
FALSE: Final = frozenset({"false", "no", "off", "n", "f", "0", ""})


class CKANConfig(MutableMapping[str, Any]):
    """Values by dotted name."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Start with these."""
        self._own: dict[str, Any] = dict(values or {})

    @property
    def _values(self) -> dict[str, Any]:
        return self._own

    def get_value(self, key: str) -> Any:
        """Return a value; None if there is none."""
        return self._values.get(key)

    def copy(self) -> CKANConfig:
        """Return these values, to be changed on their own."""
        return CKANConfig(self._values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"<CKANConfig of {len(self)} values>"


def asbool(obj: Any) -> bool:
    """Return a value as a yes or no.

    Raises:
        ValueError: it is a text that is neither.
    """
    if not isinstance(obj, str):
        return bool(obj)
    word = obj.strip().lower()
    if word not in TRUE | FALSE:
        msg = f"cannot read {obj!r} as true or false"
        raise ValueError(msg)
    return word in TRUE


def asint(obj: Any) -> int:
    """Return a value as a whole number.

    Raises:
        ValueError: it is none.
    """
    try:
        return int(obj)
    except (TypeError, ValueError) as error:
        msg = f"cannot read {obj!r} as a whole number"
        raise ValueError(msg) from error


def aslist(obj: Any, sep: str | None = None, strip: bool = True) -> Any:
    """Return a value as a list: a text is split, nothing is an empty one."""
    if isinstance(obj, str):
        parts = obj.split(sep)
        return [part.strip() for part in parts] if strip else parts
    if isinstance(obj, list | tuple):
        return obj
    return [] if obj is None else [obj]
