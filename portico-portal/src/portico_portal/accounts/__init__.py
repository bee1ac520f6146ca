"""Finds, limits and verifies accounts, for pages and actions alike."""

from portico_portal.accounts.addresses import mailbox_key, normal_address
from portico_portal.accounts.api_tokens import hash_token, new_token, user_of_token
from portico_portal.accounts.attempts import AttemptLimit
from portico_portal.accounts.links import ResetLinks, SignUpLinks
from portico_portal.accounts.passwords import Passwords
from portico_portal.accounts.people import find_taken, find_user, search_users
from portico_portal.accounts.resets import find_resetting_user
from portico_portal.accounts.sessions import begin_user_session, end_sessions_of, end_user_session, find_session_user
from portico_portal.accounts.sign_in import authenticate

__all__ = [
    "AttemptLimit",
    "Passwords",
    "ResetLinks",
    "SignUpLinks",
    "authenticate",
    "begin_user_session",
    "end_sessions_of",
    "end_user_session",
    "find_resetting_user",
    "find_session_user",
    "find_taken",
    "find_user",
    "hash_token",
    "mailbox_key",
    "new_token",
    "normal_address",
    "search_users",
    "user_of_token",
]
