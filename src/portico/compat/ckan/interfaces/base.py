"""Defines what an interface of CKAN is, and calls the methods of the plugins that implement one."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from portico.errors import PluginError
from portico.plugins import Interface as PorticoInterface


class Interface(PorticoInterface):
    """Base of every interface. A plugin implements it by `implements`, or by subclassing."""

    _reverse_iteration_order: ClassVar[bool] = False
    """Whether `PluginImplementations` goes through the plugins backwards, so that the first has the last word."""

    name: str
    """Of the plugin that implements it."""


def ask(plugin: object, interface: type[Interface], method: str, *args: Any) -> Any:
    """Call a method of a plugin; None if it does not implement the interface.

    Raises:
        PluginError: it says that it does, but the method is missing or cannot be called like this.
        Exception: what the method raises.
    """
    if not interface.provided_by(plugin):
        return None
    title = f"{type(plugin).__qualname__} implements {interface.__name__}, but"
    function = getattr(plugin, method, None)
    if not callable(function):
        msg = f"{title} has no method {method!r}; define it, or declare implements(..., inherit=True)"
        raise PluginError(msg)
    try:
        inspect.signature(function).bind(*args)
    except TypeError as error:
        msg = f"{title} its method {method!r} cannot be called with {len(args)} arguments: {error}"
        raise PluginError(msg) from error
    except ValueError:
        pass  # Some callables have no signature to look at.
    return function(*args)
