import re
from typing import Any

import pytest
from flask import Flask
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from portico.errors import ConfigurationError
from portico.plugins import PluginState
from tests.console.conftest import Greeter, StartBare
from tests.console.visiting import fields_of, press, text_of

LIST = "/console/plugins"
ENABLE = "/console/plugins/Greeter/enable"
DISABLE = "/console/plugins/Greeter/disable"


def is_on(app: Flask) -> bool:
    state: PluginState = app.extensions["portico"].plugins.get("Greeter").state
    return state is PluginState.ENABLED


def start(start_bare: StartBare, kind: str, **config: Any) -> Flask:
    """Start an application that has no protection of its own, has Flask-WTF's, or exempts the console from it."""
    app = Flask("bare")
    app.secret_key = "k" * 32
    app.config.update(config)
    csrf = None if kind == "unprotected" else CSRFProtect(app)
    start_bare(Greeter, app=app)
    if csrf is not None and kind == "exempting":
        csrf.exempt(app.blueprints["portico_console"])
    return app


EVERY_KIND = pytest.mark.parametrize("kind", ["unprotected", "protected", "exempting"])
SETTINGS: list[dict[str, Any]] = [
    {},
    {"WTF_CSRF_FIELD_NAME": "genuine"},
    {"WTF_CSRF_CHECK_DEFAULT": False},
    {"WTF_CSRF_SECRET_KEY": "another", "WTF_CSRF_TIME_LIMIT": None},
]
ANY_SETTINGS = pytest.mark.parametrize("config", SETTINGS, ids=str)


@EVERY_KIND
@ANY_SETTINGS
def test_a_button_of_the_page_works(start_bare: StartBare, kind: str, config: Any) -> None:
    app = start(start_bare, kind, **config)

    page = press(app.test_client(), LIST, DISABLE)

    assert page.status_code == 200
    assert "Greeter is disabled." in text_of(page)
    assert not is_on(app)


@EVERY_KIND
@ANY_SETTINGS
@pytest.mark.parametrize("forged", ["nothing", "a wrong value", "another name", "somebody else's"])
def test_a_forged_form_changes_nothing(start_bare: StartBare, kind: str, config: Any, forged: str) -> None:
    app = start(start_bare, kind, **config)
    client, stranger = app.test_client(), app.test_client()
    name = config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    token = fields_of(client.get(DISABLE).text, DISABLE)[name]
    foreign = fields_of(stranger.get(DISABLE).text, DISABLE)[name]
    data = {
        "nothing": {},
        "a wrong value": {name: "x"},
        "another name": {"token": token},
        "somebody else's": {name: foreign},
    }

    answer = client.post(DISABLE, data=data[forged])

    assert answer.status_code == 400
    assert is_on(app)


@EVERY_KIND
@pytest.mark.parametrize(("config", "header"), [({}, "X-CSRFToken"), ({"WTF_CSRF_HEADERS": ["X-Own"]}, "X-Own")])
def test_a_program_may_send_the_token_in_a_header(start_bare: StartBare, kind: str, config: Any, header: str) -> None:
    app = start(start_bare, kind, **config)
    client = app.test_client()
    token = fields_of(client.get(DISABLE).text, DISABLE)["csrf_token"]

    assert client.post(DISABLE, headers={"X-Something": token}).status_code == 400
    assert client.post(DISABLE, headers={header: token}).status_code == 303
    assert not is_on(app)


@pytest.mark.parametrize("kind", ["unprotected", "protected"])
def test_where_the_application_switched_it_off_no_token_is_asked_for(start_bare: StartBare, kind: str) -> None:
    app = start(start_bare, kind, WTF_CSRF_ENABLED=False)
    client = app.test_client()

    page = client.get(DISABLE)

    assert fields_of(page.text, DISABLE) == {"back": "plugin"}
    assert "Set-Cookie" not in page.headers
    assert client.post(DISABLE).status_code == 303
    assert not is_on(app)


@pytest.mark.parametrize("kind", ["unprotected", "protected"])
def test_the_applications_own_page_answers_a_forged_form(start_bare: StartBare, kind: str) -> None:
    app = start(start_bare, kind)
    app.register_error_handler(CSRFError, lambda _: ("ours", 400))

    assert app.test_client().post(DISABLE).text == "ours"


def test_an_application_without_sessions_is_told_what_is_missing(start_bare: StartBare) -> None:
    app = Flask("bare")
    app.testing = True
    start_bare(Greeter, app=app)

    with pytest.raises(ConfigurationError, match="set SECRET_KEY"):
        app.test_client().get(LIST)
    assert app.test_client().get(f"{LIST}.json").status_code == 200


def test_nothing_but_the_token_is_in_the_session(start_bare: StartBare) -> None:
    app = start_bare(Greeter)
    client = app.test_client()
    press(client, LIST, DISABLE)
    press(client, LIST, ENABLE)

    with client.session_transaction() as session:
        assert set(session) == {"csrf_token"}


def test_the_question_carries_the_token_and_the_way_back_only(start_bare: StartBare) -> None:
    page = start_bare(Greeter).test_client().get(f"{DISABLE}?back=list")

    assert re.findall(r'name="([^"]+)"', page.text.partition("<main")[2]) == ["csrf_token", "back"]
