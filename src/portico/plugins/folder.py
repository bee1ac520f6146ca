"""Plugins that lie in a folder: each module or package in it is one. Lists them without importing any."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portico.errors import ConfigurationError, PluginError
from portico.plugins.discovery import Candidate
from portico.signals import Undo, Undoing

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


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
        """Return its plugins by name, sorted."""
        names = sorted(name for each in self.path.iterdir() if (name := _module_name(each)))
        return {name: Candidate(name, name, self._loader(name)) for name in names}

    def open(self) -> Undo:
        """Let its modules be imported, also by one another; return what undoes it.

        The folder comes last: what is installed is never shadowed.
        """
        entry = str(self.path)
        sys.path.append(entry)
        return Undoing(lambda: sys.path.remove(entry) if entry in sys.path else None)

    def _loader(self, name: str) -> Callable[[], ModuleType]:
        def load() -> ModuleType:
            module = import_module(name)
            file = getattr(module, "__file__", None)
            if file is None or not Path(file).resolve().is_relative_to(self.path):
                msg = f"the name {name!r} is taken by {file or 'a built-in module'}; rename the plugin in {self.path}"
                raise PluginError(msg)
            return module

        return load


def _module_name(path: Path) -> str | None:
    name = path.stem if path.suffix == ".py" and path.is_file() else path.name
    is_module = path.suffix == ".py" or (path / "__init__.py").is_file()
    return name if is_module and name.isidentifier() and not name.startswith("_") else None
