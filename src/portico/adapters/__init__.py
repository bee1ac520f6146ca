"""Connects a host to the application of one web framework: one module each, with the same verbs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from portico.errors import HostError
from portico.host import Portico

_ADAPTERS: Final = {
    "flask.Flask": "flask",
    "starlette.Starlette": "starlette",
    "django.BaseHandler": "django",
    "portico.PorticoMiddleware": "asgi",
}
"""The adapter of the instances of a class: its name, after that of its package."""
_OTHER_WAYS: Final = {
    "django": "has its host by its settings: put 'portico.adapters.django' into INSTALLED_APPS",
    "asgi": "has its host already; give a host of its own to the application inside of it",
    None: "has to be wrapped: app = PorticoMiddleware(app, host), from portico.adapters.asgi, if it is one of ASGI",
}


def init_app(host: Portico, app: object) -> None:
    """Open a host for an application, or have it opened when that begins to serve; see `Portico.init_app`.

    Raises:
        HostError: the framework, if it is one, has another way to that, or the host cannot be opened.
    """
    adapter = _adapter_of(app)
    if adapter in {"flask", "starlette"}:
        import_module(f"portico.adapters.{adapter}").init_app(host, app)
        return
    if not callable(app) or isinstance(app, type):
        msg = f"cannot open a host for {app!r}: give an application of Flask, Starlette or FastAPI"
    else:
        msg = f"cannot open a host for {type(app).__name__!r}: it {_OTHER_WAYS[adapter]}"
    raise HostError(msg)


def host_of(application: object = None) -> Portico | None:
    """Return the host of an application, open or not; None if it has none.

    Args:
        application: of Flask, Starlette, FastAPI or Django, an ASGI application in its `PorticoMiddleware`, or any of
            them inside of other middleware that keeps it as its `app`. A host is its own. None: of the Django project.
    """
    if isinstance(application, Portico):
        return application
    seen: list[object] = []
    while application is not None and all(application is not each for each in seen):
        seen.append(application)
        adapter = _adapter_of(application)
        if adapter is not None:
            return _host_by(adapter, application)
        application = getattr(application, "app", None)
    return None if seen else _host_by("django", None)


def _host_by(adapter: str, application: object) -> Portico | None:
    found: Portico | None = import_module(f"portico.adapters.{adapter}").host_of(application)
    return found


def _adapter_of(app: Any) -> str | None:
    """Return the name of the adapter of an application, also of a proxy of one, without importing any framework."""
    names = [f"{each.__module__.partition('.')[0]}.{each.__qualname__}" for each in app.__class__.__mro__]
    return next((_ADAPTERS[each] for each in names if each in _ADAPTERS), None)
