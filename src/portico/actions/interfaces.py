"""What a plugin implements to bring actions. Both are asked once per enabling, before anything of it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.plugins import Interface

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portico.actions.chains import ActionFunction, AuthFunction


class IActions(Interface):
    """Bring actions, for as long as the plugin is enabled."""

    def get_actions(self) -> Mapping[str, ActionFunction]:
        """Return functions `(context, data_dict) -> result` by name; a `chained_action` wraps the one of that name.

        A name that the application has is replaced; one that another enabled plugin has is refused.
        """
        return {}


class IAuthFunctions(Interface):
    """Say who may do what, for as long as the plugin is enabled."""

    def get_auth_functions(self) -> Mapping[str, AuthFunction]:
        """Return functions `(context, data_dict) -> bool | {"success": bool, "msg": str}` by the action's name."""
        return {}
