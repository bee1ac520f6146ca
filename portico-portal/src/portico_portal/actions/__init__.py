"""Registers the portal's actions: every write of an account, for pages and the API alike."""

from portico.actions import ActionFunction, ActionRegistry, AuthFunction
from portico.signals import Undo
from portico_portal.actions import authorisation, passwords, sign_up, tokens, users

__all__ = ["register_actions"]

_ACTIONS: dict[ActionFunction, AuthFunction] = {
    sign_up.sign_up_request: authorisation.sign_up,
    sign_up.sign_up_perform: authorisation.sign_up,
    users.user_create: authorisation.admins_only,
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
