"""Reads what an `IBlueprint` returns. Knows no web framework, and registers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from portico.errors import PluginError
from portico.plugins.interfaces import IBlueprint

if TYPE_CHECKING:
    from collections.abc import Iterable

Typed = tuple[str | None, Any]
"""A blueprint and what its pages are about; None if it does not say."""


def blueprints_of(parts: Iterable[object]) -> tuple[Typed, ...]:
    """Return the blueprints that a plugin brings, in its order.

    Raises:
        PluginError: something else than blueprints.
    """
    asked = [cast("IBlueprint", part).get_blueprint() for part in parts if IBlueprint.provided_by(part)]
    return tuple(typed for answer in asked for typed in _read(answer))


def _read(answer: object) -> list[Typed]:
    if isinstance(answer, list):
        return [_typed(each) for each in answer]
    return [_typed(answer)]


def _typed(item: object) -> Typed:
    kind, blueprint = item if isinstance(item, tuple) and len(item) == 2 else (None, item)  # noqa: PLR2004 - a pair
    if not (kind is None or isinstance(kind, str)) or not _is_blueprint(blueprint):
        msg = f"get_blueprint() returned {item!r}; return (type, Blueprint), or a list of those or of blueprints"
        raise PluginError(msg)
    return kind, blueprint


def _is_blueprint(candidate: object) -> bool:
    return isinstance(getattr(candidate, "name", None), str) and callable(getattr(candidate, "register", None))
