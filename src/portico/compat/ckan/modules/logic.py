"""Stands for `ckan.logic`: actions, who may call them, and how their data is validated."""

from typing import Any

from portico.actions import (
    auth_allow_anonymous_access,
    chained_action,
    chained_auth_function,
    side_effect_free,
)
from portico.compat.ckan.actions import (
    auth_disallow_anonymous_access,
    auth_sysadmins_check,
    check_access,
    get_action,
    get_or_bust,
)
from portico.compat.ckan.errors import ActionError, NotAuthorized, ObjectNotFound, UnknownValidator, ValidationError
from portico.compat.ckan.helpers import get_validator, validator_args
from portico.compat.ckan.validation import validate_action_data

NotFound = ObjectNotFound
validate = validate_action_data

__all__ = [
    "ActionError",
    "NotAuthorized",
    "NotFound",
    "UnknownValidator",
    "ValidationError",
    "auth_allow_anonymous_access",
    "auth_disallow_anonymous_access",
    "auth_sysadmins_check",
    "chained_action",
    "chained_auth_function",
    "check_access",
    "get_action",
    "get_or_bust",
    "get_validator",
    "side_effect_free",
    "validate",
    "validator_args",
]


def __getattr__(name: str) -> Any:
    msg = f"Portico's façade of CKAN has no ckan.logic.{name}"
    raise AttributeError(msg)
