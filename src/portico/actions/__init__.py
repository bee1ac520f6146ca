"""Runs what an application can do, by name: authorised, announced by signals, and wrapped by plugins."""

from portico.actions.chains import ActionFunction, AuthFunction, Context, DataDict
from portico.actions.marks import (
    auth_allow_anonymous_access,
    chained_action,
    chained_auth_function,
    checks_access_itself,
    sensitive,
    side_effect_free,
)
from portico.actions.models import returns, takes
from portico.actions.registry import Action, ActionRegistry, IActions, IAuthFunctions
from portico.actions.running import action_depth
from portico.signals import MASK

__all__ = [
    "MASK",
    "Action",
    "ActionFunction",
    "ActionRegistry",
    "AuthFunction",
    "Context",
    "DataDict",
    "IActions",
    "IAuthFunctions",
    "action_depth",
    "auth_allow_anonymous_access",
    "chained_action",
    "chained_auth_function",
    "checks_access_itself",
    "returns",
    "sensitive",
    "side_effect_free",
    "takes",
]
