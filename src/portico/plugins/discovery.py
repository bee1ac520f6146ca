"""Finds plugins, those of installed distributions and those of a folder, without importing any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, distributions
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portico.errors import ConfigurationError, PluginError
from portico.plugins.plugin import Plugin
from portico.signals import Undo, Undoing, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    _Facts = dict[str, str | list[str]]
    """What a distribution says of itself: its metadata, as `importlib.metadata` gives it as JSON."""

logger = logging.getLogger(__name__)

GROUP: Final = "portico.plugins"
"""The entry-point group that plugins are announced in: `name = "package.module:PluginClass"`."""

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that is installed, whether or not it is enabled.

    Raises:
        PluginError: nothing can be called so: the name stands in addresses, in listings and in the store.
    """

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
    problem: str | None = None
    """Why it cannot be enabled as it is, if that is known without importing it."""

    def __post_init__(self) -> None:
        """Check the name."""
        wrong = _wrong_with_name(self.name)
        if wrong:
            msg = f"a plugin of {self.origin!r} cannot be called {self.name!r}: {wrong}; rename it"
            raise PluginError(msg)

    @property
    def module(self) -> str | None:
        """The module that is imported for it, where the modules around that are the plugin's too."""
        return None if self.at_hand or self.problem else self.origin.partition(":")[0]


def unusable(name: str, origin: str, problem: str) -> Candidate:
    """Return a candidate that is listed, and that fails when it is enabled, with what is wrong with it."""

    def load() -> object:
        raise PluginError(problem)

    return Candidate(name, origin, load, problem=problem)


def discover(group: str = GROUP) -> dict[str, Candidate]:
    """Return the plugins that installed distributions announce, by name, importing none of them.

    Of two of the same name the first found is used, and the other reported in the log. So is what cannot be read or
    used: it stops nobody else.
    """
    # What a distribution of several plugins says of itself describes none of them.
    return first_of_each_name(
        candidate
        for facts, found in _announcing(group)
        for entry_point in found
        if (candidate := _from_entry_point(entry_point, facts, alone=len(found) == 1))
    )


def first_of_each_name(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    """Return candidates by name; of two of one name the first is used, and the other reported in the log."""
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        known = found.setdefault(candidate.name, candidate)
        if known.origin != candidate.origin:
            logger.warning(
                "two plugins are called %r: %s is used, %s is not; rename one",
                candidate.name,
                known.origin,
                candidate.origin,
            )
    return found


def candidate_from_class(plugin: object) -> Candidate:
    """Return the candidate for a plugin class that is at hand, or for an instance of one.

    It is named by its `name` attribute, or as the class.

    Raises:
        PluginError: it is no plugin, or its name cannot be one.
    """
    plugin_class = plugin if isinstance(plugin, type) else type(plugin)
    if not issubclass(plugin_class, Plugin):
        msg = f"cannot use {plugin!r} as a plugin; give an installed plugin's name or a subclass of Plugin"
        raise PluginError(msg)
    name = getattr(plugin, "name", None)
    return Candidate(
        name=name if isinstance(name, str) else plugin_class.__name__,
        origin=f"{plugin_class.__module__}:{plugin_class.__qualname__}",
        load=lambda: plugin,
        summary=first_line(plugin_class),
        at_hand=True,
    )


def candidates_given(plugins: object) -> tuple[list[Candidate], list[str]]:
    """Return the candidates of those plugins of a list that are classes, and the names of all.

    Raises:
        PluginError: it is no list, one of them is neither a name nor a plugin class, or two classes have one name.
    """
    if isinstance(plugins, str) or not isinstance(plugins, Sequence):
        msg = f"cannot use {plugins!r} as a list of plugins; give a list, such as ['audit']"
        raise PluginError(msg)
    found: dict[str, Candidate] = {}
    names: list[str] = []
    for each in plugins:
        if isinstance(each, str):
            names.append(each)
            continue
        candidate = candidate_from_class(each)
        check_same(found.setdefault(candidate.name, candidate), candidate)
        names.append(candidate.name)
    return list(found.values()), names


def check_same(known: Candidate, candidate: Candidate) -> None:
    """Check that two candidates of one name are the same plugin.

    Raises:
        PluginError: they are not.
    """
    is_same = known.load() is candidate.load() if known.at_hand else known.origin == candidate.origin
    if not is_same:
        raise two_of_one_name(known, candidate)


def two_of_one_name(known: Candidate, candidate: Candidate) -> PluginError:
    """Return what is to be said of two plugins of one name."""
    msg = f"two plugins are called {candidate.name!r}: {known.origin} and {candidate.origin}; rename one"
    return PluginError(msg).about(plugin=candidate.name)


def first_line(plugin_class: object) -> str | None:
    """Return the first line of a class's own docstring."""
    doc = getattr(plugin_class, "__doc__", None)
    return one_line(doc.strip().splitlines()[0]) if isinstance(doc, str) and doc.strip() else None


def _announcing(group: str) -> Iterator[tuple[_Facts, list[EntryPoint]]]:
    """Yield what distributions say of themselves and announce in a group; of two of one name the first on the path."""
    seen: set[object] = set()
    for dist in distributions():
        try:
            found = [each for each in dist.entry_points if each.group == group]
            facts = dist.metadata.json if found else {}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with somebody's files
            # Its name may be what cannot be read, and where it lies is not public.
            where = one_line(str(getattr(dist, "_path", dist)))
            problem = one_line(f"{type(error).__name__}: {error}")
            logger.warning("left out what %s announces, which cannot be read: %s", where, problem)
            continue
        name = re.sub(r"[-_.]+", "-", _text(facts.get("name")) or str(id(dist))).lower()
        if found and name not in seen:
            seen.add(name)
            yield facts, found


def _from_entry_point(entry_point: EntryPoint, facts: _Facts, *, alone: bool) -> Candidate | None:
    parsed = EntryPoint.pattern.match(entry_point.value)
    if parsed is None:
        origin = one_line(entry_point.value)
        return _named(lambda: unusable(entry_point.name, origin, f"{origin!r} is not of the form module:Class"))
    # Without extras and blanks: it is compared with names of modules.
    origin = ":".join(part for part in parsed.group("module", "attr") if part)
    return _named(
        lambda: Candidate(
            entry_point.name,
            origin,
            entry_point.load,
            version=_text(facts.get("version")),
            summary=_text(facts.get("summary")) if alone else None,
            author=_text(facts.get("author") or facts.get("author_email")),
            url=_homepage(facts),
        )
    )


def _named(make: Callable[[], Candidate]) -> Candidate | None:
    try:
        return make()
    except PluginError as error:
        logger.warning("left out a plugin: %s", error)
        return None


def _wrong_with_name(name: str) -> str | None:
    if not name.strip():
        return "it is empty"
    if one_line(name) != name:
        return "it has blanks at its ends, or characters that cannot be printed"
    if "/" in name or name in {".", ".."} or name.endswith(".json"):
        return "its page would have no address of its own"
    return f"it is longer than {_LONGEST_NAME} characters" if len(name) > _LONGEST_NAME else None


def _homepage(facts: _Facts) -> str | None:
    links = dict(link.split(", ", 1) for link in facts.get("project_url", ()) if ", " in link)
    return _text(facts.get("home_page") or links.get("Homepage") or next(iter(links.values()), None))


def _text(value: str | list[str] | None) -> str | None:
    return one_line(value) if isinstance(value, str) else None


class PluginFolder:
    """A folder of plugins, each called what its module is called; names that begin with `_` or `.` are left out."""

    def __init__(self, path: Path) -> None:
        """Take a folder.

        Raises:
            ConfigurationError: it is not there.
        """
        self.path: Final = path.resolve()
        if not self.path.is_dir():
            msg = f"plugin_folder is {str(path)!r}, which is not a folder; make it, or name another"
            raise ConfigurationError(msg)

    def candidates(self) -> dict[str, Candidate]:
        """Return its plugins by name, sorted; what cannot be imported for its name is among them, as unusable."""
        found = {}
        for stem in sorted(stem for each in self.path.iterdir() if (stem := _stem(each))):
            try:
                candidate = self._candidate(stem)
            except PluginError as error:
                logger.warning("left out a plugin of the folder: %s", error)
            else:
                found[candidate.name] = candidate
        return found

    def open(self) -> Undo:
        """Let its modules be imported, also by one another; return what undoes it.

        The folder comes last: what is installed is never shadowed.
        """
        entry = str(self.path)
        sys.path.append(entry)
        return Undoing(lambda: sys.path.remove(entry) if entry in sys.path else None)

    def _candidate(self, stem: str) -> Candidate:
        if stem.isidentifier() and not iskeyword(stem):
            return Candidate(stem, stem, self._loader(stem))
        name = one_line(stem)
        return unusable(name, name, f"{name!r} is no name of a module; use letters, digits and _ only")

    def _loader(self, name: str) -> Callable[[], ModuleType]:
        def load() -> ModuleType:
            module = import_module(name)
            file = getattr(module, "__file__", None)
            if file is None or not Path(file).resolve().is_relative_to(self.path):
                msg = f"the name {name!r} is taken by {file or 'a built-in module'}; rename the plugin in {self.path}"
                raise PluginError(msg)
            return module

        return load


def _stem(path: Path) -> str | None:
    is_package = (path / "__init__.py").is_file()
    stem = path.name if is_package else path.stem
    is_module = is_package or (path.suffix == ".py" and path.is_file())
    return stem if is_module and not stem.startswith(("_", ".")) else None
