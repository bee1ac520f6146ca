"""The composition root, and the services that console and command line share."""

from portico.host.host import Portico, current_host, use_plugin
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore

__all__ = ["MemoryStateStore", "PluginService", "Portico", "current_host", "use_plugin"]
