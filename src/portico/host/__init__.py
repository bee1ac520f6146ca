"""Composes one application of signals and plugins, and serves console and command line."""

from portico.host.host import Portico, current_host, use_plugin
from portico.host.look import is_looking, looking, refuse_while_looking
from portico.host.outside import ApplicationPlugins, Switched
from portico.host.overview import PluginView
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore

__all__ = [
    "ApplicationPlugins",
    "MemoryStateStore",
    "PluginService",
    "PluginView",
    "Portico",
    "Switched",
    "current_host",
    "is_looking",
    "looking",
    "refuse_while_looking",
    "use_plugin",
]
