"""Puts plugins into an order in which each comes after those that it requires. Enables nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def required_by(parts: Iterable[object]) -> tuple[str, ...]:
    """Return the names that the `requires` of a plugin's parts ask for.

    Raises:
        PluginError: it is something else than names.
    """
    names: dict[str, None] = {}
    for part in parts:
        requires = getattr(part, "requires", ())
        if isinstance(requires, str):
            requires = (requires,)  # Meant as one name, written without its comma.
        if not isinstance(requires, tuple | list) or not all(isinstance(name, str) for name in requires):
            msg = f"{type(part).__qualname__}.requires is {requires!r}; use a tuple of plugin names"
            raise PluginError(msg)
        names |= dict.fromkeys(requires)
    return tuple(names)


def in_order(names: Sequence[str], requires: Callable[[str], Sequence[str]]) -> list[str]:
    """Return the same names, each after those that it requires; otherwise as they were.

    Those that require each other in a circle come as they were: whoever checks finds one of them missing.
    """
    ordered: dict[str, None] = {}
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in ordered or name in visiting or name not in names:
            return
        visiting.add(name)
        for other in requires(name):
            visit(other)
        ordered[name] = None

    for name in names:
        visit(name)
    return list(ordered)
