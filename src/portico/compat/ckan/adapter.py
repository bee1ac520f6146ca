"""Makes a plugin of CKAN look like one of Portico's to the plugin manager."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from portico.actions import IActions, IAuthFunctions
from portico.compat.ckan import interfaces
from portico.compat.ckan.actions import adapt_actions, adapt_auth_functions
from portico.compat.ckan.interfaces import ask, never_called
from portico.host import current_host
from portico.plugins import IBlueprint, IPluginBootstrap, IPluginObserver, ISignal, Plugin, implements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portico.compat.ckan.plugin import Plugin as Service
    from portico.compat.ckan.site import Site


class CkanPlugin(Plugin):
    """A plugin of CKAN."""

    implements(ISignal, IActions, IAuthFunctions, IBlueprint, IPluginBootstrap, IPluginObserver)

    service: Service
    """The plugin itself."""
    site: Site
    known_as: str

    def get_blueprint(self) -> Any:
        """Return its pages."""
        return ask(self.service, interfaces.IBlueprint, "get_blueprint") or []

    def get_actions(self) -> Mapping[str, Any]:
        """Return its actions."""
        return adapt_actions(ask(self.service, interfaces.IActions, "get_actions"))

    def get_auth_functions(self) -> Mapping[str, Any]:
        """Return its authorisation functions."""
        return adapt_auth_functions(ask(self.service, interfaces.IAuthFunctions, "get_auth_functions"))

    def get_signal_subscriptions(self) -> Any:
        """Return its mapping; from now on it counts as loaded."""
        mapping = ask(self.service, interfaces.ISignal, "get_signal_subscriptions")
        self.site.start(self.known_as)
        return {} if mapping is None else mapping

    def bootstrap(self) -> None:
        """Configure it."""
        self.site.configure(self.known_as)
        ignored = [name for name in never_called.__all__ if getattr(never_called, name).provided_by(self.service)]
        if ignored:
            text = f"it implements {', '.join(ignored)}, which the CKAN façade never calls"
            current_host().plugins.manager.note(self.known_as, "ckan", text)

    def before_load(self, plugin: object) -> None:
        """Tell it."""
        ask(self.service, interfaces.IPluginObserver, "before_load", service_of(plugin))

    def after_load(self, plugin: object) -> None:
        """Tell it."""
        ask(self.service, interfaces.IPluginObserver, "after_load", service_of(plugin))

    def before_unload(self, plugin: object) -> None:
        """Tell it."""
        ask(self.service, interfaces.IPluginObserver, "before_unload", service_of(plugin))

    def after_unload(self, plugin: object) -> None:
        """Tell it."""
        ask(self.service, interfaces.IPluginObserver, "after_unload", service_of(plugin))


def adapt(service: Service, name: str, site: Site) -> CkanPlugin:
    """Return a plugin for the manager, which says of itself what the plugin of CKAN says."""
    kind = type(service)
    body = {"__doc__": kind.__doc__, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    adapter: CkanPlugin = types.new_class(kind.__name__, (CkanPlugin,), exec_body=lambda own: own.update(body))()
    adapter.service, adapter.known_as, adapter.site = service, name, site
    return adapter


def service_of(plugin: object) -> object:
    """Return the plugin of CKAN behind what the manager manages; a plugin of Portico is itself."""
    return plugin.service if isinstance(plugin, CkanPlugin) else plugin
