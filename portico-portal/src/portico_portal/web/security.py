"""Sets the headers that protect every response, and checks where every redirect goes."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSessionInterface

from portico_portal.settings import Settings, is_loopback

# No script at all, nothing from elsewhere, nothing inline: text that slips through as HTML stays harmless.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SessionInterface(SecureCookieSessionInterface):
    """Signed session cookies that are Secure whenever the visitor came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Also behind a proxy that speaks plain HTTP with us, if `base_url` says so."""
        return request.is_secure or super().get_cookie_secure(app)


def add_security(app: Flask, settings: Settings) -> None:
    """Set the headers of every response, and keep the demo on this machine."""
    behind_tls = settings.public_url.startswith("https:")

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.extend({name: value for name, value in HEADERS.items() if name not in response.headers})
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if behind_tls or request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    if settings.is_demo:
        app.before_request(_only_from_this_machine)


def safe_next(target: str | None) -> str | None:
    """`target` if it is a page of this portal, else None: a link must not send people elsewhere."""
    # A browser reads "/\host" and "//host" as another host, and drops line breaks and tabs while reading.
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"} or not target.isprintable():
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def came_from_here(current: Request) -> bool:
    """Whether the browser vouches that one of our own pages sent this request."""
    site = current.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return current.headers.get("Origin") == current.host_url.rstrip("/")


def _only_from_this_machine() -> None:
    # The demo's password is known: it answers nobody else, even behind a server that binds more than loopback,
    # and no page that had its own host name point to this machine.
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(request.remote_addr or "") or not is_loopback(host):
        abort(403)
