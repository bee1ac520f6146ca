"""The portal's actions: every write of an account, called by pages and the API alike. They know no HTTP."""

from portico.portal.actions import authorisation, passwords, tokens, users
from portico.signals import Undo
from portico.sources.actions import ActionRegistry

__all__ = ["register_actions"]

_ACTIONS = {
    users.user_create: authorisation.user_create,
    users.user_update: authorisation.user_update,
    users.user_activate: authorisation.admins_only,
    users.user_deactivate: authorisation.admins_only,
    users.user_show: authorisation.user_show,
    users.user_list: authorisation.admins_only,
    passwords.password_reset_request: authorisation.anybody,
    passwords.password_reset_perform: authorisation.anybody,
    tokens.api_token_create: authorisation.signed_in,
    tokens.api_token_list: authorisation.signed_in,
    tokens.api_token_revoke: authorisation.signed_in,
}


def register_actions(registry: ActionRegistry) -> Undo:
    """Register every action of the portal under its function's name; return what undoes it."""
    return registry.register(
        {action.__name__: action for action in _ACTIONS},
        {action.__name__: auth for action, auth in _ACTIONS.items()},
    )
