"""Shows administrators what the audit plugin wrote down."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect, select

from portico_portal.context import current_portal, request_session
from portico_portal.web.login import admins_only

if TYPE_CHECKING:
    from portico_portal.plugins.audit import AuditEvent

blueprint = Blueprint("activity", __name__)

SHOWN = 200


@blueprint.get("/activity")
@admins_only
def index() -> ResponseReturnValue:
    """The latest events, newest first."""
    return render_template("activity.html", events=recent_events(SHOWN), shown=SHOWN)


def recent_events(limit: int, *, subject: str | None = None) -> "list[AuditEvent] | None":
    """The newest events, of one subject or of all; None when the audit plugin was never enabled."""
    # A plugin is imported when it is used, not because the portal brings it along.
    from portico_portal.plugins.audit import AuditEvent  # noqa: PLC0415

    if not inspect(current_portal.database.engine).has_table(AuditEvent.__tablename__):
        return None
    events = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if subject is not None:
        events = events.where(AuditEvent.subject == subject)
    return list(request_session().scalars(events))
