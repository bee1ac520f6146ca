"""Finds the instances that a plugin consists of in what was imported for it. Imports nothing."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TypeGuard

from portico.errors import PluginError
from portico.plugins.plugin import Plugin, PluginMeta, announced


def parts_of(loaded: object) -> tuple[object, ...]:
    """Return a plugin's instances.

    Args:
        loaded: a plugin class; one that its own module made an instance of has that instance. Or an instance. Or a
            module: the instances that it makes of its plugin classes, else one of its only plugin class.

    Raises:
        PluginError: it is nothing of this.
    """
    if isinstance(loaded, ModuleType):
        return _parts_of_module(loaded)
    if isinstance(loaded, PluginMeta):
        return (announced(loaded) or loaded(),)
    if isinstance(type(loaded), PluginMeta):
        return (loaded,)
    msg = f"{loaded!r} is not a plugin class; derive it from Plugin or SingletonPlugin"
    raise PluginError(msg)


def _parts_of_module(module: ModuleType) -> tuple[object, ...]:
    classes = list(dict.fromkeys(each for each in vars(module).values() if _is_defined_in(module, each)))
    made = tuple(part for each in classes if (part := announced(each)) is not None)
    if made:
        return made
    if len(classes) == 1:
        return (classes[0](),)
    names = ", ".join(each.__name__ for each in classes) or "none"
    msg = f"module {module.__name__} is to hold one plugin class, or to make its plugins at import; it has: {names}"
    raise PluginError(msg)


def _is_defined_in(module: ModuleType, candidate: object) -> TypeGuard[type[Plugin]]:
    # A package may collect its plugins from the modules inside.
    return (
        isinstance(candidate, PluginMeta)
        and issubclass(candidate, Plugin)
        and not inspect.isabstract(candidate)
        and f"{candidate.__module__}.".startswith(f"{module.__name__}.")
    )
