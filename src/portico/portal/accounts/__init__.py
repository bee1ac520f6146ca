"""Accounts: what pages and actions share. Finds, limits and verifies; writes no account, and knows no HTTP."""

from portico.portal.accounts.api_tokens import hash_token, new_token, user_of_token
from portico.portal.accounts.attempts import AttemptLimit
from portico.portal.accounts.people import find_taken, find_user, search_users
from portico.portal.accounts.reset_links import ResetLinks
from portico.portal.accounts.resets import find_resetting_user
from portico.portal.accounts.sign_in import authenticate

__all__ = [
    "AttemptLimit",
    "ResetLinks",
    "authenticate",
    "find_resetting_user",
    "find_taken",
    "find_user",
    "hash_token",
    "new_token",
    "search_users",
    "user_of_token",
]
