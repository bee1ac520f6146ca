"""Composes one application of signals and plugins, and serves console and command line."""

from portico.host.host import Application, Portico, caller, current_host, use_plugin
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore

__all__ = ["Application", "MemoryStateStore", "PluginService", "Portico", "caller", "current_host", "use_plugin"]
