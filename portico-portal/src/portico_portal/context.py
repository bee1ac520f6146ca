"""Holds what belongs to one running portal, and gives pages and plugins access to it."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g, has_app_context
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from portico_portal.accounts import Passwords, ResetLinks, SignUpLinks
from portico_portal.afterwards import Afterwards
from portico_portal.clock import Clock
from portico_portal.database import Database
from portico_portal.mail import Mailer
from portico_portal.settings import Settings

EXTENSION = "portal"


@dataclass(frozen=True)
class Portal:
    """The parts of one running portal; plugins reach them through `current_portal`.

    Attributes:
        settings: how it was started.
        database: a plugin opens sessions of its own here, and creates its own tables.
        mailer: sends mails.
        passwords: hashes and verifies them, a few at once.
        reset_links: makes and reads the links of reset mails.
        sign_up_links: makes and reads those of sign-up mails.
        afterwards: does what can wait until a request is answered.
        clock: the time, as the portal sees it.
    """

    settings: Settings
    database: Database
    mailer: Mailer
    passwords: Passwords
    reset_links: ResetLinks
    sign_up_links: SignUpLinks
    afterwards: Afterwards
    clock: Clock


def _find_portal() -> Portal:
    return cast("Portal", current_app.extensions[EXTENSION])


current_portal = cast("Portal", LocalProxy(_find_portal))
"""The portal that the running code belongs to: during a request, and while plugins are enabled."""


def passwords() -> Passwords:
    """What hashes and verifies passwords here: the portal's, or one of its own where no portal runs."""
    return current_portal.passwords if has_app_context() else Passwords()


def request_session() -> Session:
    """The database session of this request; pages share it, receivers open their own."""
    if "session" not in g:
        g.session = current_portal.database.session()
    return cast("Session", g.session)


def close_sessions_of(app: Flask) -> None:
    """Close the session of a request when it ends, whatever became of it."""

    @app.teardown_appcontext
    def close_session(_error: BaseException | None) -> None:
        session: Session | None = g.pop("session", None)
        if session is not None:
            session.close()
