"""Finds the plugins of installed extensions, gives them to a host, and enables and disables them from code."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from portico.compat.ckan.adapter import CkanPlugin, adapt, service_of
from portico.compat.ckan.config import aslist
from portico.compat.ckan.interfaces import Interface
from portico.compat.ckan.plugin import Plugin
from portico.compat.ckan.site import config, current_site, site_of
from portico.errors import HostError, PluginError, UnknownPluginError
from portico.host import Portico, current_host, refuse_while_looking
from portico.plugins import Candidate, PluginState, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

logger = logging.getLogger(__name__)

GROUPS: Final = ("ckan.plugins", "ckan.test_plugins")
"""The entry-point groups that extensions announce their plugins in."""


def candidates() -> list[Candidate]:
    """Return the plugins that installed extensions announce, sorted by name, importing none of them."""
    found: dict[str, Candidate] = {}
    for group in GROUPS:
        found = discover(group) | found
    return [replace(found[name], load=_loader(found[name])) for name in sorted(found)]


def manage(host: Portico, plugins: Sequence[str] = ()) -> None:
    """Let a host manage the plugins of installed extensions, like any other; before it is opened.

    Args:
        host: the host.
        plugins: the configured plugins, in their order; others in it do no harm.
    """
    site = site_of(host)
    found = {candidate.name: candidate for candidate in candidates()}
    if plugins:
        site.order = tuple(plugins)
        site.values["ckan.plugins"] = [name for name in plugins if name in found]
    for name in (*(name for name in plugins if name in found), *found):
        if name not in host.manager:
            host.manager.add(found[name])
        elif host.manager.get(name).origin != found[name].origin:
            logger.warning("the plugin %r of a CKAN extension is left out: another plugin has its name", name)


def _loader(candidate: Candidate) -> Callable[[], CkanPlugin]:
    def load() -> CkanPlugin:
        loaded = candidate.load()
        if not (isinstance(loaded, type) and issubclass(loaded, Plugin)):
            msg = f"{candidate.origin} is not a plugin class of CKAN; derive it from ckan.plugins.SingletonPlugin"
            raise PluginError(msg)
        service: Plugin = loaded(name=candidate.name)
        site = current_site()
        site.services[candidate.name] = service
        return adapt(service, candidate.name, site)

    return load


# -- from code ----------------------------------------------------------------------------------------------------

T = TypeVar("T", bound=Interface)


class PluginNotFoundException(UnknownPluginError):  # noqa: N818 - CKAN's name
    """No plugin of that name is installed."""


class PluginImplementations(Generic[T]):
    """The plugins at work that implement an interface: the configured ones in their order, then the others."""

    def __init__(self, interface: type[T]) -> None:
        """Take the interface; which plugins there are is looked up each time."""
        self.interface = interface

    def __iter__(self) -> Iterator[T]:
        found: list[Any] = [plugin for _, plugin in _at_work(self.interface)]
        return iter(found)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def extensions(self, all: bool = False) -> list[T]:  # noqa: A002, ARG002 - CKAN's signature
        """Return them as a list."""
        return list(self)


def load(*plugins: str) -> Any:
    """Enable plugins: first the subscriptions of all, then each is configured. Those that are enabled stay as they are.

    Returns:
        The plugin, or a list if it is not one.

    Raises:
        PluginNotFoundException: there is none of that name; nothing was enabled then.
        PluginError: one failed; the others are enabled.
        HostError: this process is only `portico.host.looking`.
    """
    host = _host_with(plugins)
    fresh = [name for name in plugins if host.manager.state(name) is not PluginState.ENABLED]
    refuse_while_looking(f"load {', '.join(plugins)}")
    host.manager.enable_all(fresh)
    for name in fresh:
        status = host.manager.get(name)
        if status.state is not PluginState.ENABLED and status.failure is not None:
            msg = f"cannot load {name!r}: it failed at {status.failure.stage}: {status.failure.error}"
            raise PluginError(msg)
    found = [service_of(host.manager.instance(name)) for name in fresh]
    return found[0] if len(found) == 1 else found


def unload(*plugins: str) -> None:
    """Disable plugins.

    Raises:
        PluginError: one is not enabled.
    """
    manager = current_host().manager
    for name in plugins:
        if not plugin_loaded(name):
            msg = f"cannot unload plugin {name!r}: it is not loaded; load() it first, or leave it out"
            raise PluginError(msg)
        manager.disable(name)


def load_all() -> Any:
    """Enable the plugins that `ckan.plugins` of the configuration names. Takes and raises what `load` does."""
    return load(*aslist(config.get("ckan.plugins")))


def unload_all() -> None:
    """Disable every plugin of CKAN, the last one first."""
    unload(*reversed([name for name, _ in _at_work(Interface) if plugin_loaded(name)]))


@contextmanager
def use_plugin(*plugins: str) -> Iterator[Any]:
    """Enable plugins for the length of a `with` block; on a host of their own if none is open.

    Yields:
        What `load` returns.
    """
    with ExitStack() as stack:
        try:
            current_host()
        except HostError:
            stack.enter_context(Portico())
        loaded = load(*plugins)
        try:
            yield loaded
        finally:
            # What is in the block may have unloaded some itself.
            unload(*reversed([name for name in plugins if plugin_loaded(name)]))


def get_plugin(plugin: str) -> Any:
    """Return a plugin that is loaded; None if there is none of that name."""
    found = dict(_at_work(Interface)).get(plugin)
    if found is None and plugin_loaded(plugin):
        found = current_host().manager.instance(plugin)
    return found


def plugin_loaded(name: str) -> bool:
    """Tell whether a plugin is at work."""
    try:
        manager = current_host().manager
    except HostError:
        return False
    return name in manager and manager.state(name) is PluginState.ENABLED


def _at_work(interface: type[Interface]) -> list[tuple[str, Any]]:
    try:
        return list(current_site().at_work(interface))
    except HostError:
        return []


def _host_with(plugins: tuple[str, ...]) -> Portico:
    host = current_host()
    if any(name not in host.manager for name in plugins):
        manage(host)
    for name in plugins:
        if name not in host.manager:
            raise PluginNotFoundException(host.manager.unknown(name))
    return host
