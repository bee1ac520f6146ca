"""Answers with Django and several workers, as WSGI and as ASGI: a project in one file."""

from typing import Any

from django.conf import settings
from django.core import signals
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

from portico.adapters import host_of
from portico.adapters.django import with_lifespan
from tests.over_http.applications import plugins


def hooks() -> int:
    return len(signals.request_started.receivers) + len(signals.request_finished.receivers)


def page(request: Any) -> JsonResponse:
    host = host_of()
    assert host is not None
    return JsonResponse(plugins.answer(host, request.GET, hooks))


urlpatterns = [path("", page), path("switch", page)]
plugins.mapping |= {signals.request_started: [plugins.note], signals.request_finished: [plugins.note]}
settings.configure(
    SECRET_KEY="of the tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["portico.adapters.django"],
    MIDDLEWARE=["portico.adapters.django.PorticoMiddleware"],
    PORTICO=plugins.make_host,
)
wsgi, asgi = get_wsgi_application(), with_lifespan(get_asgi_application())
