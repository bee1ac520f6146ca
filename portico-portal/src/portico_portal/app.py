"""Builds the portal as a Flask application: settings, database, pages, plugins, in this order."""

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask

from portico.host import SQLStateStore
from portico_portal.accounts import Passwords, ResetLinks, SignUpLinks
from portico_portal.actions import register_actions
from portico_portal.afterwards import Afterwards
from portico_portal.clock import Clock, utc_now
from portico_portal.context import EXTENSION, Portal, close_sessions_of
from portico_portal.database import Database
from portico_portal.hosting import make_host
from portico_portal.mail import Mailer
from portico_portal.migrate import upgrade_database
from portico_portal.settings import Settings, load_settings
from portico_portal.web import add_pages
from portico_portal.web.current_actor import acting_context
from portico_portal.web.proxies import trust_proxies
from portico_portal.web.security import SessionInterface

if TYPE_CHECKING:
    from portico import Portico

# Forms only, so far: nothing that a page sends comes near it.
LARGEST_REQUEST_BYTES = 256 * 1024


def create_app(settings: Settings | None = None, *, clock: Clock = utc_now) -> Flask:
    """The portal as a WSGI application, its database migrated and its plugins enabled.

    Without `settings` it reads the environment and `portico.toml`, so any WSGI server can start it::

        PORTICO_SECRET_KEY=... gunicorn 'portico_portal:create_app()'

    Behind a proxy set `trusted_proxies` to the number of proxies, and `base_url` to the address people use.
    One portal is open at a time in a process; `close_app` closes it.

    Raises:
        ConfigurationError: a setting is missing, misspelt or unusable, or the database cannot be opened.
    """
    settings = settings or load_settings()
    database = Database(settings.database_url)
    upgrade_database(database)
    app = Flask("portico_portal")
    _configure(app, settings)
    app.extensions[EXTENSION] = Portal(
        settings=settings,
        database=database,
        mailer=Mailer(settings),
        passwords=Passwords(at_once=settings.passwords_at_once, wait_seconds=settings.password_wait_seconds),
        reset_links=ResetLinks(settings.signing_key, settings.public_url, clock),
        sign_up_links=SignUpLinks(settings.signing_key, settings.public_url, clock),
        afterwards=Afterwards(),
        clock=clock,
    )
    close_sessions_of(app)
    add_pages(app, settings)
    host = make_host(settings, SQLStateStore(database.engine))
    register_actions(host.actions)
    host.actions.fill_context(acting_context)
    host.init_app(app)
    # A server that forks after this must not hand one connection to two processes.
    database.close()
    return app


def close_app(app: Flask) -> None:
    """Finish what is left to do, disable the plugins, close the host and the database: what `create_app` opened."""
    portal: Portal = app.extensions[EXTENSION]
    portal.afterwards.finish()
    host: Portico = app.extensions["portico"]
    host.close()
    portal.database.close()


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.signing_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        SESSION_COOKIE_NAME="portico_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        # A token is good as long as the session it belongs to: nobody loses a form to a long lunch.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = SessionInterface()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    trust_proxies(app, settings)
