"""Declares the signals that a portal raises, once, typed and documented."""

from portico.builtin.accounts import (
    failed_login,
    perform_password_reset,
    request_password_reset,
    user_created,
    user_logged_in,
    user_logged_out,
)
from portico.builtin.actions import action_succeeded, before_action
from portico.builtin.blueprints import register_blueprint
from portico.builtin.namespaces import core, ext
from portico.builtin.requests import request_finished, request_started
from portico.builtin.types import Blueprint, Response, User

__all__ = [
    "Blueprint",
    "Response",
    "User",
    "action_succeeded",
    "before_action",
    "core",
    "ext",
    "failed_login",
    "perform_password_reset",
    "register_blueprint",
    "request_finished",
    "request_password_reset",
    "request_started",
    "user_created",
    "user_logged_in",
    "user_logged_out",
]
