"""Declares the interfaces of CKAN that Portico calls."""

from typing import Any, ClassVar

from portico.compat.ckan.interfaces.base import Interface


class ISignal(Interface):
    """Subscribe to signals."""

    def get_signal_subscriptions(self) -> Any:
        """Return receivers by signal: callables, or dicts with `receiver` and `sender`."""
        return {}


class IConfigurer(Interface):
    """Change the configuration, before any plugin is configured with it."""

    _reverse_iteration_order: ClassVar[bool] = True

    def update_config(self, config: Any) -> None:
        """Change the configuration in place."""

    def update_config_schema(self, schema: Any) -> Any:
        """Return the schema of what can be configured at run time. Never called."""
        return schema


class IConfigurable(Interface):
    """Be configured."""

    def configure(self, config: Any) -> None:
        """Get ready. Every plugin's subscriptions are connected by now."""


class IConfigDeclaration(Interface):
    """Declare configuration, with its defaults."""

    def declare_config_options(self, declaration: Any, key: Any) -> None:
        """Declare options."""


class IActions(Interface):
    """Bring actions."""

    def get_actions(self) -> Any:
        """Return functions `(context, data_dict)` by name."""
        return {}


class IAuthFunctions(Interface):
    """Say who may do what."""

    def get_auth_functions(self) -> Any:
        """Return functions `(context, data_dict) -> {"success": bool}` by the action's name."""
        return {}


class IBlueprint(Interface):
    """Bring pages."""

    def get_blueprint(self) -> Any:
        """Return a Flask blueprint, or a list of them."""
        return []


class ITemplateHelpers(Interface):
    """Bring what templates call as `h.name()`."""

    def get_helpers(self) -> Any:
        """Return functions by name."""
        return {}


class IValidators(Interface):
    """Bring validators."""

    def get_validators(self) -> Any:
        """Return validators by name."""
        return {}


class IPluginObserver(Interface):
    """Be told when other plugins are enabled and disabled."""

    def before_load(self, plugin: Any) -> None:
        """Another plugin is about to be enabled."""

    def after_load(self, service: Any) -> None:
        """Another plugin is enabled."""

    def before_unload(self, plugin: Any) -> None:
        """Another plugin is about to be disabled."""

    def after_unload(self, service: Any) -> None:
        """Another plugin is disabled."""
