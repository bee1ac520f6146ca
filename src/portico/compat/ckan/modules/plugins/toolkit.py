"""Stands for `ckan.plugins.toolkit` and `ckantoolkit`."""

from typing import Any

from flask import abort, url_for
from markupsafe import Markup as literal  # noqa: N813 - CKAN's name

from portico.actions import (
    auth_allow_anonymous_access,
    chained_action,
    chained_auth_function,
    side_effect_free,
)
from portico.compat.ckan import modules as ckan
from portico.compat.ckan.actions import (
    auth_disallow_anonymous_access,
    auth_sysadmins_check,
    check_access,
    get_action,
    get_or_bust,
)
from portico.compat.ckan.errors import (
    CkanVersionException,
    HelperError,
    Invalid,
    NotAuthorized,
    ObjectNotFound,
    StopOnError,
    UnknownValidator,
    ValidationError,
)
from portico.compat.ckan.helpers import chained_helper, get_validator, h, validator_args
from portico.compat.ckan.modules.common import (
    CKANConfig,
    _,
    asbool,
    asint,
    aslist,
    c,
    config,
    current_user,
    g,
    login_user,
    logout_user,
    request,
    ungettext,
)
from portico.compat.ckan.modules.lib import signals
from portico.compat.ckan.modules.lib.plugins import (
    DefaultDatasetForm,
    DefaultGroupForm,
    DefaultOrganizationForm,
    DefaultTranslation,
)
from portico.compat.ckan.modules.plugins import blanket
from portico.compat.ckan.pages import (
    add_ckan_admin_tab,
    add_public_directory,
    add_resource,
    add_template_directory,
    get_endpoint,
    redirect_to,
    render,
)
from portico.compat.ckan.validation import missing, navl_validate, validate_action_data
from portico.compat.ckan.version import check_ckan_version, requires_ckan_version

get_converter = get_validator

__all__ = [
    "CKANConfig",
    "CkanVersionException",
    "DefaultDatasetForm",
    "DefaultGroupForm",
    "DefaultOrganizationForm",
    "DefaultTranslation",
    "HelperError",
    "Invalid",
    "NotAuthorized",
    "ObjectNotFound",
    "StopOnError",
    "UnknownValidator",
    "ValidationError",
    "_",
    "abort",
    "add_ckan_admin_tab",
    "add_public_directory",
    "add_resource",
    "add_template_directory",
    "asbool",
    "asint",
    "aslist",
    "auth_allow_anonymous_access",
    "auth_disallow_anonymous_access",
    "auth_sysadmins_check",
    "blanket",
    "c",
    "chained_action",
    "chained_auth_function",
    "chained_helper",
    "check_access",
    "check_ckan_version",
    "ckan",
    "config",
    "current_user",
    "g",
    "get_action",
    "get_converter",
    "get_endpoint",
    "get_or_bust",
    "get_validator",
    "h",
    "literal",
    "login_user",
    "logout_user",
    "missing",
    "navl_validate",
    "redirect_to",
    "render",
    "request",
    "requires_ckan_version",
    "side_effect_free",
    "signals",
    "ungettext",
    "url_for",
    "validate_action_data",
    "validator_args",
]


def __getattr__(name: str) -> Any:
    msg = f"Portico's façade of CKAN has no toolkit.{name}"
    raise AttributeError(msg)
