"""Believes what proxies say of a visitor as far as the settings trust them, whatever the server believes."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portico_portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCHEME_HEADERS = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PROTOCOL", "HTTP_X_FORWARDED_SSL")
FORWARDING_HEADERS = frozenset(
    {
        *SCHEME_HEADERS,
        "HTTP_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_X_FORWARDED_PREFIX",
        "HTTP_SCRIPT_NAME",
    }
)


class UntrustedHeaders:
    """A WSGI application behind a server that may have believed a header of whoever connected to it.

    gunicorn does so for everybody on loopback: `X-Forwarded-Proto` sets the scheme of the request, and `SCRIPT_NAME`
    where the application is mounted.

    Args:
        app: what answers.
        scheme: of the address that people use, for a request whose own cannot be told.
        trusted: whether there are proxies whose headers `app` reads.
    """

    def __init__(self, app: "WSGIApplication", *, scheme: str, trusted: bool) -> None:
        self._app = app
        self._scheme = scheme
        self._trusted = trusted

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Take back what the headers did, and drop those that nobody may send."""
        if any(name in environ for name in SCHEME_HEADERS):
            environ["wsgi.url_scheme"] = self._scheme
        if not self._trusted:
            mounted = environ.get("SCRIPT_NAME")
            if mounted and mounted == environ.get("HTTP_SCRIPT_NAME"):
                environ["PATH_INFO"] = mounted + environ["PATH_INFO"]
                environ["SCRIPT_NAME"] = ""
            for name in FORWARDING_HEADERS & environ.keys():
                del environ[name]
        return self._app(environ, start_response)


def trust_proxies(app: Flask, settings: Settings) -> None:
    """Let `app` read what as many proxies as the settings name have added to a request, and nothing else."""
    count, inner = settings.trusted_proxies, app.wsgi_app
    proxied = ProxyFix(inner, x_for=count, x_proto=count, x_host=count)
    scheme = urlsplit(settings.public_url).scheme
    app.wsgi_app = UntrustedHeaders(proxied, scheme=scheme, trusted=count > 0)  # type: ignore[method-assign]
