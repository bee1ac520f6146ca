"""Accounts: the plain functions behind the pages. They validate, write and send; none knows HTTP."""

from portico.portal.accounts.people import (
    change_full_name,
    create_user,
    find_user,
    search_users,
    set_active,
)
from portico.portal.accounts.reset_links import ResetLinks
from portico.portal.accounts.resets import find_resetting_user, perform_reset, request_reset
from portico.portal.accounts.sign_in import authenticate

__all__ = [
    "ResetLinks",
    "authenticate",
    "change_full_name",
    "create_user",
    "find_resetting_user",
    "find_user",
    "perform_reset",
    "request_reset",
    "search_users",
    "set_active",
]
