"""Stands for `ckan.lib.signals` and `toolkit.signals`: the namespaces and the built-in signals."""

from typing import Any

from portico.builtin import (
    action_succeeded,
    before_action,
    failed_login,
    perform_password_reset,
    register_blueprint,
    request_finished,
    request_password_reset,
    request_started,
    user_created,
    user_logged_in,
    user_logged_out,
)
from portico.compat.ckan.signals import ckan, ckanext

resource_download = ckan.signal("resource_download")
datastore_upsert = ckanext.signal("datastore_upsert")
datastore_delete = ckanext.signal("datastore_delete")

__all__ = [
    "action_succeeded",
    "before_action",
    "ckan",
    "ckanext",
    "datastore_delete",
    "datastore_upsert",
    "failed_login",
    "perform_password_reset",
    "register_blueprint",
    "request_finished",
    "request_password_reset",
    "request_started",
    "resource_download",
    "user_created",
    "user_logged_in",
    "user_logged_out",
]


def __getattr__(name: str) -> Any:
    # Signals that Portico has besides; nothing is created by asking like this.
    for namespace in (ckan, ckanext):
        if not name.startswith("_") and name in namespace:
            return namespace[name]
    msg = f"module 'ckan.lib.signals' has no attribute {name!r}"
    raise AttributeError(msg)
