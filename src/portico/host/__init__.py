"""Composes one application of signals and plugins, and serves console and command line."""

from typing import TYPE_CHECKING, Any

from portico.host.file_store import FileStateStore
from portico.host.host import Application, Portico, caller, close_open_host, current_host
from portico.host.look import is_looking, looking, refuse_while_looking
from portico.host.outside import ApplicationPlugins, Switched
from portico.host.overview import PluginView
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore
from portico.host.using import use_plugin

if TYPE_CHECKING:
    from portico.host.sql_store import SQLStateStore

__all__ = [
    "Application",
    "ApplicationPlugins",
    "FileStateStore",
    "MemoryStateStore",
    "PluginService",
    "PluginView",
    "Portico",
    "SQLStateStore",
    "Switched",
    "caller",
    "close_open_host",
    "current_host",
    "is_looking",
    "looking",
    "refuse_while_looking",
    "use_plugin",
]


def __getattr__(name: str) -> Any:
    if name != "SQLStateStore":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from portico.host.sql_store import SQLStateStore  # noqa: PLC0415 - needs an extra

    globals()[name] = SQLStateStore
    return SQLStateStore
