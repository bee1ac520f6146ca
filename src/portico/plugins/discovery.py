"""Finds plugins without importing them. What is found is imported when it is enabled, and not before."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from portico.errors import PluginError
from portico.plugins.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

GROUP: Final = "portico.plugins"
"""The entry-point group that plugins are announced in: `name = "package.module:PluginClass"`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that is installed, whether or not it is enabled."""

    name: str
    origin: str
    """`module:Class`, or `module`."""
    load: Callable[[], object] = field(repr=False, compare=False)
    """Imports and returns the class, its instance, or the module."""
    version: str | None = None
    summary: str | None = None
    author: str | None = None
    url: str | None = None
    at_hand: bool = False
    """Whether it is a class of the application itself, the modules around which are not the plugin's."""

    @property
    def module(self) -> str | None:
        """The module that is imported for it, where the modules around that are the plugin's too."""
        return None if self.at_hand else self.origin.partition(":")[0]


def discover(group: str = GROUP) -> dict[str, Candidate]:
    """Return the plugins that installed distributions announce, by name, importing none of them.

    Of two of the same name the first found is used, and the other reported in the log.
    """
    found: dict[str, Candidate] = {}
    announced = list(entry_points(group=group))
    distributions = Counter(entry_point.dist.name for entry_point in announced if entry_point.dist)
    for entry_point in announced:
        # What a distribution of several plugins says of itself describes none of them.
        alone = entry_point.dist is not None and distributions[entry_point.dist.name] == 1
        candidate = _from_entry_point(entry_point, alone=alone)
        known = found.setdefault(candidate.name, candidate)
        if known.origin != candidate.origin:
            logger.warning(
                "two plugins are called %r: %s is used, %s is not; rename one",
                candidate.name,
                known.origin,
                candidate.origin,
            )
    return found


def candidate_from_class(plugin_class: object) -> Candidate:
    """Return the candidate for a plugin class that is at hand, named by its `name` attribute or its own name.

    Raises:
        PluginError: it is no plugin class.
    """
    if not (isinstance(plugin_class, type) and issubclass(plugin_class, Plugin)):
        msg = f"cannot use {plugin_class!r} as a plugin; give an installed plugin's name or a subclass of Plugin"
        raise PluginError(msg)
    name = getattr(plugin_class, "name", None)
    return Candidate(
        name=name if isinstance(name, str) else plugin_class.__name__,
        origin=f"{plugin_class.__module__}:{plugin_class.__qualname__}",
        load=lambda: plugin_class,
        summary=first_line(plugin_class),
        at_hand=True,
    )


def first_line(plugin_class: object) -> str | None:
    """Return the first line of a class's own docstring."""
    doc = getattr(plugin_class, "__doc__", None)
    return doc.strip().splitlines()[0].strip() if isinstance(doc, str) and doc.strip() else None


def _from_entry_point(entry_point: EntryPoint, *, alone: bool) -> Candidate:
    if entry_point.dist is None:
        return Candidate(entry_point.name, entry_point.value, entry_point.load)
    facts = entry_point.dist.metadata.json
    return Candidate(
        entry_point.name,
        entry_point.value,
        entry_point.load,
        version=entry_point.dist.version,
        summary=_text(facts.get("summary")) if alone else None,
        author=_text(facts.get("author") or facts.get("author_email")),
        url=_homepage(facts),
    )


def _homepage(facts: dict[str, str | list[str]]) -> str | None:
    links = dict(link.split(", ", 1) for link in facts.get("project_url", ()) if ", " in link)
    return _text(facts.get("home_page")) or links.get("Homepage") or next(iter(links.values()), None)


def _text(value: str | list[str] | None) -> str | None:
    return value if isinstance(value, str) else None
