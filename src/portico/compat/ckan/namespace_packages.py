"""The one function of `pkg_resources` that namespace packages of old call, where that is not installed."""

import sys
from pkgutil import extend_path
from types import ModuleType


def declare_namespace(packageName: str) -> None:  # noqa: N803 - the name that it has there
    """Let a package be spread over several folders of the path, as its `__init__` asks for."""
    package = sys.modules[packageName]
    package.__path__ = extend_path(package.__path__, packageName)


def stand_in_module() -> ModuleType:
    """Return a module with that function, and nothing else."""
    module = ModuleType(
        "pkg_resources", "What namespace packages need of pkg_resources, supplied by portico.compat.ckan."
    )
    vars(module).update(declare_namespace=declare_namespace)
    return module
