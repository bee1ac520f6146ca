"""What a plugin of CKAN is: a class that declares interfaces. Knows nothing of enabling."""

from __future__ import annotations

import sys
from abc import ABCMeta
from typing import Any, Final

from portico.compat.ckan.interfaces import Interface
from portico.errors import PluginError
from portico.signals import Mutex

_creating: Final = Mutex()


class PluginMeta(ABCMeta):
    """Collects the interfaces of a plugin class. An `ABCMeta`, so that plugins can derive from abstract classes."""

    _implements: set[type[Interface]]
    _instance: object

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> PluginMeta:
        """Make the class, with the interfaces whose defaults it takes among its bases."""
        inherited: list[type[Interface]] = namespace.pop("_inherited_interfaces", [])
        declared: set[type[Interface]] = set(namespace.get("_implements", ()))
        namespace["_implements"] = declared.union(*(getattr(base, "_implements", ()) for base in bases))
        more = tuple(each for each in inherited if not any(issubclass(base, each) for base in bases))
        return super().__new__(mcs, name, (*bases, *more), namespace, **kwargs)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance, which has a name whatever its `__init__` does."""
        plugin = super().__call__(*args, **kwargs)
        if not isinstance(getattr(plugin, "name", None), str):
            plugin.name = kwargs.get("name", cls.__name__)
        return plugin


class Plugin(metaclass=PluginMeta):
    """Base of plugins of which there can be several instances."""

    name: str

    def __init__(self, *_: Any, name: str | None = None, **__: Any) -> None:
        """Take the name that it is known by."""
        self.name = name or type(self).__name__

    def __str__(self) -> str:
        return f"<Plugin {self.name}>"


class _SingletonMeta(PluginMeta):
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        with _creating:
            # In the class's own dictionary: a subclass does not get its parent's instance.
            if "_instance" not in vars(cls):
                cls._instance = super().__call__(*args, **kwargs)
            return vars(cls)["_instance"]


class SingletonPlugin(Plugin, metaclass=_SingletonMeta):
    """Base of plugins of which each class has one instance; a subclass has its own."""


def implements(
    interface: type[Interface],
    inherit: bool = False,
    namespace: object = None,  # noqa: ARG001 - old extensions say it
    service: bool = True,  # noqa: ARG001 - as above
) -> None:
    """Declare, in the body of a plugin class, that it implements an interface; with `inherit`, by its default methods.

    Raises:
        PluginError: it is no interface.
    """
    if not _is_interface(interface):
        msg = f"cannot implement {interface!r}: it is not an interface of ckan.plugins"
        raise PluginError(msg)
    body = sys._getframe(1).f_locals  # noqa: SLF001 - the class being defined has no other handle yet
    body.setdefault("_implements", set()).add(interface)
    if inherit:
        body.setdefault("_inherited_interfaces", []).append(interface)


def _is_interface(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, Interface)
