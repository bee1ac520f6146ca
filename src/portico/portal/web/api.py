"""The actions for programs: `/api/action/<name>`, JSON in, JSON out. Knows every action, and none by name."""

import logging
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from portico.errors import ConflictError, NotAuthorizedError, NotFoundError, PorticoError, ValidationError, Veto
from portico.portal.accounts import user_of_token
from portico.portal.context import current_portal, request_session
from portico.portal.errors import MailError, ResetLinkError, TooManyAttemptsError
from portico.portal.web.acting import act_for, acting_user
from portico.portal.web.errors import API_PREFIX, api_error
from portico.portal.web.login import signed_in_user
from portico.toolkit import get_action

log = logging.getLogger(__name__)

STATUS: dict[type[PorticoError], tuple[str, int]] = {
    ConflictError: ("conflict", 409),
    ValidationError: ("validation", 400),
    NotFoundError: ("not_found", 404),
    Veto: ("veto", 409),
    ResetLinkError: ("reset_link", 410),
    MailError: ("mail", 503),
}
"""What each refusal is called and its HTTP status; a class before what it derives from."""


def create_api(csrf: CSRFProtect) -> Blueprint:
    """The blueprint; a call with a token needs no CSRF token, one that rides on a session's cookie does.

    Args:
        csrf: checks the latter.
    """
    blueprint = Blueprint("api", __name__, url_prefix=API_PREFIX)

    @blueprint.before_request
    def find_out_who_calls() -> ResponseReturnValue | None:
        if "Authorization" in request.headers:
            return _act_for_owner(request.headers["Authorization"])
        if request.method == "POST" and signed_in_user() is not None:
            csrf.protect()
        return None

    blueprint.add_url_rule("/action/<name>", "call", call, methods=["GET", "POST"])
    blueprint.register_error_handler(PorticoError, _refuse)
    blueprint.register_error_handler(CSRFError, lambda error: api_error("csrf", error.description, 400))
    csrf.exempt(blueprint)
    return blueprint


def call(name: str) -> ResponseReturnValue:
    """Call an action: by POST with a JSON object, by GET with its fields in the address if it changes nothing."""
    action = get_action(name)
    if request.method != "POST":
        if not action.side_effect_free:
            return api_error("http", f"{name} changes something; call it by POST", 405, Allow="POST")
        data_dict: Any = request.args.to_dict()
    elif not request.is_json:
        return api_error("http", "send a JSON object as application/json", 415)
    else:
        data_dict = request.get_json()
        if not isinstance(data_dict, dict):
            return api_error("http", "send a JSON object", 400)
    result = action({}, data_dict)
    # The transaction is this request's, and others may wait for its end: an action need not commit what it only read.
    request_session().commit()
    return jsonify(success=True, result=result)


def _act_for_owner(authorization: str) -> ResponseReturnValue | None:
    scheme, _, rest = authorization.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else authorization.strip()
    user = user_of_token(request_session(), token, now=current_portal.clock())
    if user is None:
        return api_error(
            "not_authenticated", "the API token is unknown, revoked or ended", 401, WWW_Authenticate="Bearer"
        )
    act_for(user)
    return None


def _refuse(error: PorticoError) -> ResponseReturnValue:
    if isinstance(error, NotAuthorizedError):
        if acting_user() is None:
            return api_error("not_authenticated", str(error), 401, WWW_Authenticate="Bearer")
        return api_error("not_authorized", str(error), 403)
    if isinstance(error, TooManyAttemptsError):
        return api_error("too_many_attempts", str(error), 429, Retry_After=str(error.retry_after_seconds))
    for refusal, (kind, status) in STATUS.items():
        if isinstance(error, refusal):
            fields = error.error_dict if isinstance(error, ValidationError) else None
            # What the mail server said is for the operator.
            message = "the mail could not be sent; try again later" if refusal is MailError else str(error)
            return api_error(kind, message, status, fields=fields)
    # What is left is no answer to the caller, but trouble of ours.
    log.error("an action failed", exc_info=error)
    return api_error("http", "Internal Server Error", 500)
