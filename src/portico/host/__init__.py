"""The composition root, and the services that console and command line share."""

from portico.host.host import Portico, current_host
from portico.host.plugins import PluginService
from portico.host.using import use_plugin

__all__ = ["PluginService", "Portico", "current_host", "use_plugin"]
