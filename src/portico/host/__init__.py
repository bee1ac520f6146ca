"""Composes one application of signals and plugins, and serves console and command line."""

from portico.host.host import Portico, close_open_host, current_host, use_plugin
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore

__all__ = ["MemoryStateStore", "PluginService", "Portico", "close_open_host", "current_host", "use_plugin"]
