"""Finds what plugins require of one another: what is missing, in which order they go, and who keeps one on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portico.plugins.managed import Managed


def missing(managed: Managed, there: set[str], states: dict[str, Managed]) -> PluginError | None:
    """Return what is to be said about the first required plugin that is not there; None if none is missing."""
    for name in managed.requires:
        if name in there:
            continue
        required = states.get(name)
        if required is None:
            return PluginError(f"it requires {name!r}, which is not installed")
        if _leads_to(required, managed.name, states):
            return PluginError(f"it requires {name!r}, which requires it in turn; one of them has to do without")
        return PluginError(f"it requires {name!r}, which is {required.state}; enable that first")
    return None


def _leads_to(start: Managed, name: str, states: dict[str, Managed]) -> bool:
    seen: set[str] = set()
    ahead = list(start.requires)
    while ahead:
        each = ahead.pop()
        if each == name:
            return True
        if each not in seen and each in states:
            seen.add(each)
            ahead += states[each].requires
    return False


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


def still_required(name: str, users: Sequence[str], *, advice: str = "") -> PluginError:
    """Return what is to be said to whoever would disable a plugin that others require."""
    they = "requires it; disable that first" if len(users) == 1 else "require it; disable those first"
    return PluginError(f"cannot disable {name!r}: {', '.join(map(repr, users))} {they}{advice}")
