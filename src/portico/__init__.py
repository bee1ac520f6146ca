"""Offers signals and plugins for Python web portals; loads each part when it is first used."""

from typing import TYPE_CHECKING, Any, Final

from portico.errors import PorticoError, Veto
from portico.signals import ANY, Namespace, Signal, Undo

if TYPE_CHECKING:
    from portico.actions import IActions
    from portico.builtin import core, ext
    from portico.host import Portico, use_plugin
    from portico.plugins import (
        Interface,
        IPluginBootstrap,
        ISignal,
        Limits,
        Plugin,
        PluginStatus,
        StateStore,
        implements,
    )

# What a newcomer's hand expects here; everything else stands in the module that it is about.
__all__ = [
    "ANY",
    "IActions",
    "IPluginBootstrap",
    "ISignal",
    "Interface",
    "Limits",
    "Namespace",
    "Plugin",
    "PluginStatus",
    "Portico",
    "PorticoError",
    "Signal",
    "StateStore",
    "Undo",
    "Veto",
    "core",
    "ext",
    "implements",
    "use_plugin",
]

# Whoever only declares and sends signals does not pay for the rest.
_LAZY: Final = {
    "IActions": "portico.actions",
    "IPluginBootstrap": "portico.plugins",
    "ISignal": "portico.plugins",
    "Interface": "portico.plugins",
    "Limits": "portico.plugins",
    "Plugin": "portico.plugins",
    "PluginStatus": "portico.plugins",
    "Portico": "portico.host",
    "StateStore": "portico.plugins",
    "core": "portico.builtin",
    "ext": "portico.builtin",
    "implements": "portico.plugins",
    "use_plugin": "portico.host",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - not needed before

    value = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
