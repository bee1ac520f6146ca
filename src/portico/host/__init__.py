"""The composition root, and the services that console and command line share."""

from portico.host.host import Portico
from portico.host.plugins import PluginService

__all__ = ["PluginService", "Portico"]
