"""Decorates plugin classes, so that they implement an interface by a module, a dict or a function."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, NamedTuple

from portico.compat.ckan import interfaces
from portico.compat.ckan.plugin import Plugin
from portico.errors import PluginError
from portico.host import current_host

Members = Callable[[ModuleType], Any]


class Blanket(NamedTuple):
    """One decorator: what it implements, and where it looks if it is not told."""

    interface: type[interfaces.Interface]
    method: str
    module: str
    """Beside the plugin's own."""
    members: Members

    def __call__(self, subject: Any = None) -> Any:
        """Decorate a plugin class; or take a module, dict, list or function, and return what decorates with it."""
        if isinstance(subject, type) and issubclass(subject, Plugin):
            return self._cover(subject, None)
        return lambda plugin: self._cover(plugin, subject)

    def _cover(self, plugin: type[Plugin], subject: Any) -> type[Plugin]:
        def implementation(_: Plugin, *args: Any) -> Any:
            # Imported when it is asked for: the module may import the plugin's.
            found = import_module(_beside(plugin, self.module)) if subject is None else subject
            return self._answer(found, args)

        return _implement(plugin, self.interface, self.method, implementation)

    def _answer(self, subject: Any, args: tuple[Any, ...]) -> Any:
        if isinstance(subject, ModuleType):
            return self.members(subject)
        if callable(subject):
            return subject(*args)
        if isinstance(subject, str):
            msg = f"cannot take {subject!r} for {self.method}(); give a module, a dict, a list or a function"
            raise PluginError(msg)
        return subject


def _implement(
    plugin: type[Plugin], interface: type[interfaces.Interface], method: str, implementation: Callable[..., Any]
) -> type[Plugin]:
    # A tuple of its own in each class: nothing of this is seen by those it derives from.
    plugin.__interfaces__ = (*plugin.__interfaces__, interface)
    implementation.__name__ = method
    setattr(plugin, method, implementation)
    return plugin


def _beside(plugin: type[Plugin], module: str) -> str:
    package = plugin.__module__.rpartition(".")[0]
    return f"{package}.{module}" if package else module


# -- what a module brings ---------------------------------------------------------------------------------------


def _exported(module: ModuleType) -> dict[str, Any]:
    return {name: getattr(module, name) for name in getattr(module, "__all__", ())}


def _functions(module: ModuleType) -> dict[str, Any]:
    return _exported(module) or {
        name: each
        for name, each in vars(module).items()
        if isinstance(each, FunctionType) and each.__module__ == module.__name__ and not name.startswith("_")
    }


def _blueprints(module: ModuleType) -> list[Any]:
    from flask import Blueprint  # noqa: PLC0415 - needs an extra

    return list((_exported(module) or {n: b for n, b in vars(module).items() if isinstance(b, Blueprint)}).values())


def _commands(module: ModuleType) -> list[Any]:
    found = {name: each for name, each in vars(module).items() if hasattr(each, "callback") and hasattr(each, "params")}
    return list((_exported(module) or found).values())


helpers: Final = Blanket(interfaces.ITemplateHelpers, "get_helpers", "helpers", _functions)
auth_functions: Final = Blanket(interfaces.IAuthFunctions, "get_auth_functions", "logic.auth", _functions)
actions: Final = Blanket(interfaces.IActions, "get_actions", "logic.action", _functions)
blueprints: Final = Blanket(interfaces.IBlueprint, "get_blueprint", "views", _blueprints)
cli: Final = Blanket(interfaces.IClick, "get_commands", "cli", _commands)
validators: Final = Blanket(interfaces.IValidators, "get_validators", "logic.validators", _functions)


# -- declarations of configuration, which lie in a file -----------------------------------------------------------


def config_declarations(subject: Any = None) -> Any:
    """Decorate a plugin class; or take a dict, a function or the name of a file, and return what decorates with it."""
    if isinstance(subject, type) and issubclass(subject, Plugin):
        return _declare(subject, None)
    return lambda plugin: _declare(plugin, subject)


def _declare(plugin: type[Plugin], subject: Any) -> type[Plugin]:
    def implementation(self: Plugin, declaration: Any, key: Any) -> Any:
        if isinstance(subject, Mapping):
            return declaration.load_dict(subject)
        if callable(subject):
            return subject(declaration, key)
        return declaration.load_dict(_read(self, _declaration_file(plugin, subject)))

    return _implement(plugin, interfaces.IConfigDeclaration, "declare_config_options", implementation)


def _declaration_file(plugin: type[Plugin], name: str | None) -> Path:
    module = sys.modules[plugin.__module__]
    folder = Path(module.__file__ or ".").resolve().parent
    if hasattr(module, "__path__"):
        folder = folder.parent  # It is a package beside the file.
    if name is not None:
        return folder / name
    found = sorted(folder.glob("config_declaration.*"))
    if len(found) != 1:
        what = ", ".join(file.name for file in found) or "none"
        msg = f"expected one file config_declaration.json, .toml or .yaml in {folder}, found: {what}; or name the file"
        raise PluginError(msg)
    return found[0]


def _read(plugin: Plugin, file: Path) -> Mapping[str, Any]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        read: Mapping[str, Any] = json.loads(text)
    elif file.suffix == ".toml":
        read = tomllib.loads(text)
    elif find_spec("yaml") is not None:
        read = import_module("yaml").safe_load(text)
    else:
        # CKAN brings it, so no extension asks for it.
        note = f"the defaults in its {file.name} are unknown: install PyYAML, and start again"
        current_host().plugins.manager.note(plugin.name, "ckan", note, about="yaml")
        read = {}
    return read
