"""The reference portal: a small portal on Portico's public API, and what its plugins may use of it."""

from portico.portal.app import close_app, create_app
from portico.portal.context import Portal, current_portal
from portico.portal.database import Database
from portico.portal.demo import DEMO_ADMIN, DEMO_PASSWORD, DEMO_PLUGINS, seed_demo
from portico.portal.errors import MailError, PortalError
from portico.portal.hosting import make_host
from portico.portal.mail import Mail, Mailer
from portico.portal.migrate import is_up_to_date, upgrade_database
from portico.portal.models import UtcDateTime
from portico.portal.plugin_state import DatabaseStateStore
from portico.portal.settings import Settings, given_settings, load_settings

__all__ = [
    "DEMO_ADMIN",
    "DEMO_PASSWORD",
    "DEMO_PLUGINS",
    "Database",
    "DatabaseStateStore",
    "Mail",
    "MailError",
    "Mailer",
    "Portal",
    "PortalError",
    "Settings",
    "UtcDateTime",
    "close_app",
    "create_app",
    "current_portal",
    "given_settings",
    "is_up_to_date",
    "load_settings",
    "make_host",
    "seed_demo",
    "upgrade_database",
]
