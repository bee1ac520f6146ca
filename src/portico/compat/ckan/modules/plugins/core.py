"""Stands for `ckan.plugins.core`."""

from portico.compat.ckan.loading import (
    PluginImplementations,
    PluginNotFoundException,
    get_plugin,
    load,
    load_all,
    plugin_loaded,
    unload,
    unload_all,
    use_plugin,
)
from portico.compat.ckan.plugin import Plugin, SingletonPlugin, implements

__all__ = [
    "Plugin",
    "PluginImplementations",
    "PluginNotFoundException",
    "SingletonPlugin",
    "get_plugin",
    "implements",
    "load",
    "load_all",
    "plugin_loaded",
    "unload",
    "unload_all",
    "use_plugin",
]
