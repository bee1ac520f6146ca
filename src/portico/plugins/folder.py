"""Plugins that lie in a folder: each module or package in it is one. Lists them without importing any."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portico.errors import ConfigurationError, PluginError
from portico.plugins.discovery import Candidate, unusable
from portico.signals import Undo, Undoing, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


logger = logging.getLogger(__name__)


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
