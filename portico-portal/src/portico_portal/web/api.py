"""Offers every action to programs: `/api/action/<name>`, JSON in, JSON out, described at `/api/openapi.json`."""

import logging
from functools import partial
from typing import Any

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from portico.errors import NotAuthorizedError, PorticoError, ValidationError
from portico.toolkit import current_host, get_action
from portico_portal.accounts import user_of_token
from portico_portal.context import current_portal, request_session
from portico_portal.errors import TryLaterError
from portico_portal.web.current_actor import act_for, acting_user
from portico_portal.web.errors import API_PREFIX, api_error, find_refusal
from portico_portal.web.login import signed_in_user
from portico_portal.web.openapi import Schemas, describe_api

log = logging.getLogger(__name__)


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

    blueprint.add_url_rule("/openapi.json", "describe", partial(describe, Schemas()))
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
    else:
        data_dict = request.get_json()
        if not isinstance(data_dict, dict):
            return api_error("http", "send a JSON object", 400)
    result = action({}, data_dict)
    # The transaction is this request's, and others may wait for its end: an action need not commit what it only read.
    request_session().commit()
    return jsonify(success=True, result=result)


def describe(models: Schemas) -> ResponseReturnValue:
    """The OpenAPI description of every action that there is now."""
    description = describe_api(
        current_host().actions,
        models,
        title=current_portal.settings.site_name,
        root=f"{request.script_root}/",
        cookie=current_app.config["SESSION_COOKIE_NAME"],
    )
    return jsonify(description)


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
    refusal = find_refusal(error)
    if refusal is not None:
        fields = error.error_dict if isinstance(error, ValidationError) else None
        later = {"Retry_After": str(error.retry_after_seconds)} if isinstance(error, TryLaterError) else {}
        return api_error(refusal.kind, refusal.message, refusal.status, fields=fields, **later)
    # What is left is no answer to the caller, but trouble of ours.
    log.error("an action failed", exc_info=error)
    return api_error("http", "Internal Server Error", 500)
