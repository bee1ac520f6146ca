"""Lets a façade be imported under the name of the library that it stands in for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from portico.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType


def stand_in(modules: Mapping[str, ModuleType]) -> Callable[[], None]:
    """Have each name import our module, in this process; return what undoes it for imports yet to come.

    Raises:
        ConfigurationError: one of the names is imported already; whoever did so has the real library.
    """
    taken = [name for name, module in modules.items() if sys.modules.get(name, module) is not module]
    if taken:
        msg = f"cannot stand in for {', '.join(taken)}: imported already; install the façade before anything else"
        raise ConfigurationError(msg)
    fresh = {name: module for name, module in modules.items() if name not in sys.modules}
    for name, module in fresh.items():
        parent, _, child = name.rpartition(".")
        if parent and parent not in modules:
            setattr(import_module(parent), child, module)
        sys.modules[name] = module

    def undo() -> None:
        for name, module in fresh.items():
            parent, _, child = name.rpartition(".")
            if sys.modules.get(name) is module:
                del sys.modules[name]
            if parent and parent not in modules and getattr(sys.modules.get(parent), child, None) is module:
                delattr(sys.modules[parent], child)

    return undo
