"""Declares the signals around every HTTP request. The sender is the application object, never a proxy of it."""

from portico.builtin.namespaces import core
from portico.builtin.types import Response


@core.signal(policy="isolate", since="0.1")
def request_started(app: object, /) -> None:
    """Sent before any processing of a request; every request counts, those for static files included."""


@core.signal(policy="isolate", since="0.1")
def request_finished(app: object, /, *, response: Response) -> None:
    """Sent right before the response goes out, error pages included. Once per request, whatever receivers do.

    In ASGI it is sent when all of the response went out, or no more of it will.
    """
