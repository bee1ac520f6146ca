"""Makes plugin classes as CKAN's are: they declare interfaces, and their instances have names."""

from __future__ import annotations

import sys
from typing import Any, Self

from portico.compat.ckan.interfaces import Interface
from portico.errors import PluginError
from portico.plugins import PluginMeta, declare


class Plugin(metaclass=PluginMeta):
    """Base of plugins of which there can be several instances."""

    name: str

    def __new__(cls, *_: Any, name: str | None = None, **__: Any) -> Self:
        """Make an instance, which has a name whatever its `__init__` does."""
        plugin = super().__new__(cls)
        if not isinstance(getattr(plugin, "name", None), str):
            plugin.name = name or cls.__name__
        return plugin

    def __init__(self, *_: Any, name: str | None = None, **__: Any) -> None:
        """Take the name that it is known by."""
        self.name = name or type(self).__name__

    def __str__(self) -> str:
        return f"<Plugin {self.name}>"


class SingletonPlugin(Plugin):
    """Base of plugins of which each class has one instance; a subclass has its own."""

    _is_singleton = True


def implements(
    interface: Any,
    inherit: bool = False,
    namespace: object = None,  # noqa: ARG001 - old extensions say it
    service: bool = True,  # noqa: ARG001 - as above
) -> None:
    """Declare, in the body of a plugin class, that it implements an interface; with `inherit`, by its default methods.

    Raises:
        PluginError: it is called elsewhere, or with something that is no interface.
    """
    if not (isinstance(interface, type) and issubclass(interface, Interface)):
        msg = f"cannot implement {interface!r}: it is not an interface of ckan.plugins"
        raise PluginError(msg)
    # The class being defined has no other handle yet.
    declare(sys._getframe(1).f_locals, interface, inherit=inherit)  # noqa: SLF001
