"""Finds the plugins of installed extensions, and gives them to a host. Imports none of them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from portico.compat.ckan.adapter import CkanPlugin, adapt
from portico.compat.ckan.plugin import Plugin
from portico.compat.ckan.site import current_site, site_of
from portico.errors import PluginError
from portico.plugins import Candidate, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portico.host import Portico

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
