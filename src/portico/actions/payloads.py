"""Makes what signals carry of an action: copies of its containers, in which secrets are masked."""

from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "***"
"""What stands in a payload for a value that stays out of it."""


def masked_copy(value: Any, sensitive: frozenset[str]) -> Any:
    """Return a copy of a value by its structure, with the values of `sensitive` keys masked at any depth.

    Objects that are no plain containers are shared: sessions and mapped objects stay what they are.
    """
    return _copy(value, sensitive, {})


def _copy(value: Any, sensitive: frozenset[str], done: dict[int, Any]) -> Any:
    if not isinstance(value, Mapping | list | tuple | set):
        return value
    if id(value) in done:  # It holds itself.
        return done[id(value)]
    if isinstance(value, Mapping):
        mapping = done[id(value)] = {}
        for key, each in value.items():
            mapping[key] = MASK if key in sensitive and each is not None else _copy(each, sensitive, done)
        return mapping
    if isinstance(value, list):
        items = done[id(value)] = []
        items.extend(_copy(each, sensitive, done) for each in value)
        return items
    if isinstance(value, set):
        return set(value)
    return tuple(_copy(each, sensitive, done) for each in value)
