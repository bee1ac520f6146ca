"""Offers what plugins and servers use of the reference portal, a small portal on Portico's public API."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from portico.tables import UtcDateTime
    from portico_portal.app import close_app, create_app
    from portico_portal.context import Portal, current_portal
    from portico_portal.database import Database
    from portico_portal.demo.people import DEMO_ADMIN, DEMO_PASSWORD, DEMO_PLUGINS, seed_demo
    from portico_portal.errors import MailError, PortalError
    from portico_portal.hosting import make_host
    from portico_portal.mail import Mail, Mailer
    from portico_portal.migrate import is_up_to_date, upgrade_database
    from portico_portal.settings import Settings, given_settings, load_settings

__all__ = [
    "DEMO_ADMIN",
    "DEMO_PASSWORD",
    "DEMO_PLUGINS",
    "Database",
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

# The command line prints its help, and ends on Ctrl-C without a traceback, before any of this is imported.
_LAZY: Final = {
    "DEMO_ADMIN": "demo.people",
    "DEMO_PASSWORD": "demo.people",
    "DEMO_PLUGINS": "demo.people",
    "Database": "database",
    "Mail": "mail",
    "MailError": "errors",
    "Mailer": "mail",
    "Portal": "context",
    "PortalError": "errors",
    "Settings": "settings",
    "UtcDateTime": "models",
    "close_app": "app",
    "create_app": "app",
    "current_portal": "context",
    "given_settings": "settings",
    "is_up_to_date": "migrate",
    "load_settings": "settings",
    "make_host": "hosting",
    "seed_demo": "demo.people",
    "upgrade_database": "migrate",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - not needed before

    value = globals()[name] = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
