"""Makes the portal's host from its settings: which plugins there are, and how many failures are tolerated."""

from typing import Any

from portico import Portico
from portico.compat import ckan
from portico.plugins import StateStore
from portico_portal.settings import Settings


def make_host(settings: Settings, state: StateStore | None = None) -> Portico:
    """A host that knows every plugin of this portal, none of them imported; with `state`, as it was last left."""
    if not settings.ckan_extensions:
        return _host(settings, state)
    ckan.install(_ckan_config(settings))
    host = _host(settings, state, candidates=ckan.candidates)
    ckan.manage(host, settings.plugins)
    return host


def _host(settings: Settings, state: StateStore | None, **more: Any) -> Portico:
    return Portico(
        plugins=settings.plugins,
        state=state,
        plugin_folder=settings.plugin_folder,
        limits=settings.plugin_limits,
        **more,
    )


def _ckan_config(settings: Settings) -> dict[str, Any]:
    """What CKAN extensions find in their configuration."""
    return {"ckan.site_title": settings.site_name, "ckan.site_url": settings.public_url, **settings.ckan_config}
