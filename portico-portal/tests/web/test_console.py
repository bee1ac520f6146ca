import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portico.toolkit import get_action
from portico_portal import close_app, create_app, given_settings
from tests.visitor import Visitor, text_of

PASSWORD = "correct horse battery"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    app = create_app(given_settings(secret_key="k" * 32, database_url=url, plugins=["audit", "flaky"]))
    with app.app_context():
        admin = {"name": "admin", "email": "admin@example.org", "password": PASSWORD, "is_admin": True}
        get_action("user_create")({"ignore_auth": True}, admin)
    yield app
    close_app(app)


@pytest.fixture
def admin(portal: Flask) -> Visitor:
    visitor = Visitor(portal)
    visitor.sign_in("admin", PASSWORD)
    return visitor


def test_the_console_stands_in_the_frame_of_the_portal(admin: Visitor) -> None:
    page = admin.get("/console/plugins")

    assert "<title>Plugins · Portico</title>" in page.text
    assert "Sign out" in text_of(page)
    assert re.search(r'href="/console/plugins" aria-current="page"', page.text)


def test_the_plugins_stand_in_configured_order_with_what_they_are(admin: Visitor) -> None:
    text = text_of(admin.get("/console/plugins"))

    assert text.index("audit Enabled") < text.index("flaky Enabled") < text.index("welcome_mail Disabled")
    assert "Writes down sign-ins" in text
    assert "6 subscriptions" in text


def test_what_is_switched_is_said_to_survive_a_restart_for_it_is_stored(admin: Visitor) -> None:
    for page in ("/console/plugins", "/console/plugins/flaky", "/console/plugins/flaky/disable"):
        assert "in the other processes with one of their next requests, and survives a restart" in text_of(
            admin.get(page)
        )
    assert admin.get("/console/plugins.json").get_json()["survives_restart"] is True


def test_an_unknown_plugin_gets_the_portals_page_and_the_reason(admin: Visitor) -> None:
    page = admin.get("/console/plugins/nothing")

    assert page.status_code == 404
    assert "nothing" in text_of(page)
    assert "Sign out" in text_of(page)


def test_a_disabled_plugin_hears_nothing_more(admin: Visitor, portal: Flask) -> None:
    admin.get("/?flaky=raise")
    admin.press("/console/plugins/flaky/disable", "/console/plugins/flaky/disable")
    admin.get("/?flaky=raise")

    assert portal.extensions["portico"].plugins.get("flaky").failures == 1
