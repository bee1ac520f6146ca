"""Makes Portico an app of a Django project: its host, its requests and sign-ins, and sends after the commit."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from portico.errors import MissingExtraError

if find_spec("django") is None:
    raise MissingExtraError("Django", "django")

from portico.adapters.django.requests import PorticoMiddleware, with_lifespan
from portico.adapters.django.transactions import call_after_commit, send_after_commit, transaction_of

if TYPE_CHECKING:
    from portico.host import Portico

__all__ = [
    "PorticoMiddleware",
    "call_after_commit",
    "host_of",
    "send_after_commit",
    "transaction_of",
    "with_lifespan",
]


def host_of(application: object = None) -> Portico | None:  # noqa: ARG001 - there is one project in a process
    """Return the host of the Django project of this process, open or not; None if it is not set up, or has none.

    Args:
        application: a handler of the project, or None: it is the same.
    """
    from django.apps import apps  # noqa: PLC0415 - so is Django here, for whoever asks about something else

    if not apps.app_configs or not apps.is_installed(__name__):
        return None
    host: Portico | None = apps.get_app_config("portico").host
    return host
