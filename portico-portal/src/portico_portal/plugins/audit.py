"""Writes down who signed in, who was created and who got a new password: the audit plugin, an example of `ISignal`.

It keeps a table of its own: which signal, about whom, when and from where; never a password, a token or any other
part of a payload. Of a failed sign-in it keeps the name as it was typed.
"""

from datetime import datetime
from functools import partial

from flask import has_request_context, request
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico import ISignal, implements
from portico.builtin import (
    User,
    failed_login,
    perform_password_reset,
    request_password_reset,
    user_created,
    user_logged_in,
    user_logged_out,
)
from portico.plugins import SingletonPlugin, SubscriptionMapping
from portico_portal import UtcDateTime, current_portal

SUBJECT_LENGTH = 254


class AuditBase(DeclarativeBase):
    """The plugin's own tables: the portal's migrations do not know them."""

    metadata = MetaData()


class AuditEvent(AuditBase):
    """One thing that happened to one account."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    signal: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH), index=True)
    remote_address: Mapped[str | None] = mapped_column(String(64))


class AuditPlugin(SingletonPlugin):
    """Writes down sign-ins, failed sign-ins, new accounts and new passwords."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        """Every signal of an account, each to the same receiver.

        The table is created here: the mapping is asked for exactly once whenever the plugin is enabled,
        and before anything is connected, so no receiver ever runs without its table. Disabling keeps it.
        """
        current_portal.database.create_tables(AuditBase.metadata)
        return {
            user_created: [partial(write_down, "user_created")],
            user_logged_in: [partial(write_down, "user_logged_in")],
            user_logged_out: [partial(write_down, "user_logged_out")],
            failed_login: [partial(write_down, "failed_login")],
            request_password_reset: [partial(write_down, "request_password_reset")],
            perform_password_reset: [partial(write_down, "perform_password_reset")],
        }


def write_down(signal: str, sender: object, *, user: User | None = None) -> None:
    """Store one event, in a session of its own: the sender's belongs to the sender."""
    subject = str(sender) if user is None else user.name
    event = AuditEvent(
        at=current_portal.clock(),
        signal=signal,
        subject=subject[:SUBJECT_LENGTH],
        remote_address=request.remote_addr if has_request_context() else None,
    )
    with current_portal.database.session() as session:
        session.add(event)
        session.commit()
