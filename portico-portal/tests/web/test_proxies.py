"""A proxy's headers count when the settings say that there is one, and not because the server believes them."""

from pathlib import Path
from typing import Any

import pytest

from tests.served import Serve, ServedPortal

SHOW = """
from flask import Blueprint, jsonify, request, url_for
from portico import Plugin, implements
from portico.plugins import IBlueprint

class ShowRequest(Plugin):
    '''Shows what a request looks like from inside.'''

    implements(IBlueprint)

    def get_blueprint(self):
        blueprint = Blueprint("show", __name__)

        @blueprint.get("/show")
        def show():
            forwarding = sorted(name for name in request.headers.keys() if name.startswith(("X-F", "Forwarded", "Scr")))
            return jsonify(
                scheme=request.scheme, host=request.host, address=request.remote_addr, home=url_for("home.index"),
                headers=forwarding,
            )

        return blueprint
"""


@pytest.fixture
def serve_show(serve: Serve, tmp_path: Path) -> Serve:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "show_request.py").write_text(SHOW)

    def serve_show(*arguments: str, **settings: Any) -> ServedPortal:
        return serve(*arguments, plugin_folder="plugins", plugins="show_request", **settings)

    return serve_show


def seen(portal: ServedPortal, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = portal.person().get("/show", headers=named)
    assert answer.status_code == 200, portal.log
    shown: dict[str, Any] = answer.json()
    return shown


def test_without_trusted_proxies_nobody_on_loopback_chooses_scheme_host_or_address(serve_show: Serve) -> None:
    portal = serve_show()
    truth = seen(portal)

    assert seen(portal, X_Forwarded_Proto="https") == truth
    assert seen(portal, X_Forwarded_Protocol="ssl", X_Forwarded_Ssl="on") == truth
    assert seen(portal, X_Forwarded_For="198.51.100.7", X_Forwarded_Host="evil.example", X_Forwarded_Port="1") == truth
    assert seen(portal, X_Forwarded_Prefix="/evil", Forwarded="for=198.51.100.7;proto=https") == truth
    assert portal.person().get("/show", headers={"SCRIPT_NAME": "/sh"}).json() == truth
    assert truth | {"host": ""} == {
        "scheme": "http",
        "host": "",
        "address": "127.0.0.1",
        "home": "/",
        "headers": [],
    }


def test_with_trusted_proxies_only_what_they_added_counts(serve_show: Serve) -> None:
    portal = serve_show(trusted_proxies=1)

    shown = seen(
        portal, X_Forwarded_Proto="gopher,https", X_Forwarded_For="10.0.0.1, 198.51.100.7", X_Forwarded_Host="a"
    )

    assert (shown["scheme"], shown["address"], shown["host"]) == ("https", "198.51.100.7", "a")


def test_what_did_not_come_past_every_trusted_proxy_does_not_count(serve_show: Serve) -> None:
    portal = serve_show(trusted_proxies=2)

    shown = seen(portal, X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.7")

    assert (shown["scheme"], shown["address"]) == ("http", "127.0.0.1")


def test_a_scheme_that_cannot_be_told_is_that_of_the_address_people_use(serve_show: Serve) -> None:
    portal = serve_show(base_url="https://portal.example.org")

    assert seen(portal)["scheme"] == "http"
    assert seen(portal, X_Forwarded_Proto="http")["scheme"] == "https"


def test_a_cookie_is_not_marked_secure_because_somebody_on_loopback_says_so(serve: Serve) -> None:
    answer = serve().person().get("/sign-in", headers={"X-Forwarded-Proto": "https"})

    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers
