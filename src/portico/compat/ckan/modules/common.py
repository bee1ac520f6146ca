"""Stands for `ckan.common`."""

import json
from typing import Any

from flask import g, request, session
from flask_login import current_user, login_user, logout_user

from portico.compat.ckan.config import CKANConfig, asbool, asint, aslist
from portico.compat.ckan.site import config

c = g

__all__ = [
    "CKANConfig",
    "_",
    "asbool",
    "asint",
    "aslist",
    "c",
    "config",
    "current_user",
    "g",
    "json",
    "login_user",
    "logout_user",
    "request",
    "session",
    "ungettext",
]


def _(text: str, *_args: Any, **_kwargs: Any) -> str:
    """Return a text as it is: there are no translations."""
    return text


def ungettext(singular: str, plural: str, n: int, *_args: Any, **_kwargs: Any) -> str:
    """Return the text for a number."""
    return singular if n == 1 else plural
