"""Refuses a form with an outdated CSRF token, and shows it again with what was typed."""

from collections.abc import Callable
from typing import ParamSpec

from flask import Flask, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from portico_portal.web.errors import survives_outage
from portico_portal.web.security import came_from_here

P = ParamSpec("P")

_MARK = "portico_keeps_input"


def keeps_input(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Mark a page that shows its `PortalForm` again, input kept, when the CSRF token was outdated."""
    setattr(view, _MARK, True)
    return view


def add_csrf(app: Flask) -> CSRFProtect:
    """Refuse every form that does not carry the token of the session it belongs to; return what does it."""
    csrf = CSRFProtect(app)
    app.register_error_handler(CSRFError, _refuse)
    return csrf


@survives_outage
def _refuse(_error: Exception) -> ResponseReturnValue:
    view = current_app.view_functions.get(request.endpoint or "")
    # Another site could fill our form with its own values. Only what our own page sent is shown again.
    if view is not None and hasattr(view, _MARK) and came_from_here(request):
        g.csrf_failed = True
        response = make_response(current_app.ensure_sync(view)(**(request.view_args or {})))
        if response.status_code == 200:  # noqa: PLR2004 - HTTP's word for yes
            response.status_code = 400
        return response
    return render_template("errors/stale.html"), 400
