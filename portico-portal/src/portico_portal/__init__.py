"""The reference portal: a small portal on Portico's public API, and what its plugins may use of it."""

from portico_portal.app import close_app, create_app
from portico_portal.context import Portal, current_portal
from portico_portal.database import Database
from portico_portal.demo.people import DEMO_ADMIN, DEMO_PASSWORD, DEMO_PLUGINS, seed_demo
from portico_portal.errors import MailError, PortalError
from portico_portal.hosting import make_host
from portico_portal.mail import Mail, Mailer
from portico_portal.migrate import is_up_to_date, upgrade_database
from portico_portal.models import UtcDateTime
from portico_portal.plugin_state import DatabaseStateStore
from portico_portal.settings import Settings, given_settings, load_settings

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
