"""Tells how complete a dataset or a profile is."""

from collections.abc import Iterable, Mapping
from typing import Any


def missing_fields(thing: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    """Return which of `fields` are empty; of one written `a|b` either will do."""
    return [field for field in fields if not any(_has(thing, name) for name in field.split("|"))]


def _has(thing: Mapping[str, Any], name: str) -> bool:
    value = thing.get(name)
    return bool(value.strip()) if isinstance(value, str) else bool(value)
