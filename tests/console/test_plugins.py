import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Blueprint, Flask, abort, redirect, render_template
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portico import IAppRegister, IBlueprint, IPluginBootstrap, ISignal, Plugin, core, ext, implements
from portico.builtin import request_started
from portico.plugins import PluginState, SubscriptionMapping
from tests.console.conftest import Broken, Greeter, StartBare, Tripping

LIST = "/console/plugins"


def text_of(page: TestResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.text)))


def press(client: FlaskClient, page: str, address: str) -> TestResponse:
    form = client.get(page).text.partition(f'action="{address}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return client.post(address, data=fields, follow_redirects=True)


def state_of(app: Flask, name: str) -> PluginState:
    state: PluginState = app.extensions["portico"].plugins.get(name).state
    return state


def test_a_bare_application_lists_plugins_with_everything_there_is_to_say(start_bare: StartBare) -> None:
    page = start_bare(Greeter).test_client().get(LIST)

    text = text_of(page)
    assert page.status_code == 200
    assert "Greeter Enabled" in text
    assert "Greets <everybody> who gets an account." in text
    assert "1 subscription" in text
    assert re.search(r"core:user_created \S*Greeter\.greet 'nora' 3", text)


def test_the_console_brings_its_own_look_and_needs_no_script(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()

    page = client.get(LIST)
    links = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page.text)

    assert {client.get(link, buffered=True).status_code for link in links} == {200}
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "<title>Plugins · Console</title>" in page.text


def test_the_first_page_leads_to_the_plugins(start_bare: StartBare) -> None:
    assert start_bare(Greeter).test_client().get("/console/").location == LIST


def test_a_plugin_is_disabled_and_enabled(start_bare: StartBare) -> None:
    app = start_bare(Greeter)
    client = app.test_client()

    page = press(client, LIST, "/console/plugins/Greeter/disable")
    assert "Greeter is disabled." in text_of(page)
    assert "Greeter Disabled" in text_of(page)
    assert state_of(app, "Greeter") is PluginState.DISABLED

    page = press(client, LIST, "/console/plugins/Greeter/enable")
    assert "Greeter is enabled." in text_of(page)
    assert state_of(app, "Greeter") is PluginState.ENABLED


def test_a_plugin_is_switched_on_its_own_page_and_one_stays_there(start_bare: StartBare) -> None:
    page = press(start_bare(Greeter).test_client(), f"{LIST}/Greeter", "/console/plugins/Greeter/disable")

    assert "<h1>Greeter</h1>" in page.text
    assert "None while it is off." in text_of(page)


def test_a_plugin_that_cannot_be_enabled_is_told_with_its_cause(start_bare: StartBare) -> None:
    app = start_bare(Broken, Greeter)
    client = app.test_client()

    page = press(client, LIST, "/console/plugins/Broken/enable")

    text = text_of(page)
    assert "Cannot enable 'Broken'" in text
    assert "LookupError: no <mail> server configured" in text
    assert "Broken Failed" in text
    assert "Stage bootstrap" in text
    assert "Traceback (most recent call last)" in text
    assert "<mail>" not in page.text
    assert state_of(app, "Greeter") is PluginState.ENABLED


def test_a_failing_receiver_shows_signal_receiver_and_count(start_bare: StartBare) -> None:
    client = start_bare(Tripping).test_client()
    client.get(LIST)

    text = text_of(client.get(f"{LIST}/Tripping"))

    assert "RuntimeError: tripped" in text
    assert "Signal core:request_started" in text
    assert "2 failures since the start" in text


def test_a_failure_stays_to_be_seen_when_the_plugin_is_off(start_bare: StartBare) -> None:
    client = start_bare(Tripping).test_client()

    page = press(client, LIST, "/console/plugins/Tripping/disable")

    assert "RuntimeError: tripped" in text_of(page)


def test_every_page_is_there_as_json(start_bare: StartBare) -> None:
    client = start_bare(Tripping, Greeter).test_client()

    listed = {plugin["name"]: plugin for plugin in client.get(f"{LIST}.json").get_json()["plugins"]}
    one = client.get(f"{LIST}/Greeter.json").get_json()

    assert [report["state"] for report in one.pop("processes")] == ["enabled"]
    assert one == listed["Greeter"]
    assert one["state"] == "enabled"
    assert one["subscriptions"][0] | {"receiver": ""} == {
        "signal": "core:user_created",
        "receiver": "",
        "sender": "'nora'",
        "order": 3,
        "orphaned": False,
        "did_you_mean": None,
    }
    failure = listed["Tripping"]["failure"]
    assert failure["stage"] == "receiver"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", failure["at"])


def test_an_unknown_plugin_is_not_found(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()
    client.get(LIST)

    assert client.get(f"{LIST}/nothing").status_code == 404
    answer = client.get(f"{LIST}/nothing.json")
    assert answer.status_code == 404
    assert "nothing" in answer.get_json()["error"]
    assert press(client, LIST, "/console/plugins/nothing/enable").status_code == 400


def test_switching_an_unknown_plugin_is_not_found(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(LIST).text)
    assert token is not None

    assert client.post("/console/plugins/nothing/enable", data={"csrf_token": token[1]}).status_code == 404


def test_a_form_without_its_token_changes_nothing(start_bare: StartBare) -> None:
    app = start_bare(Greeter)

    answer = app.test_client().post("/console/plugins/Greeter/disable", data={"csrf_token": "wrong"})

    assert answer.status_code == 400
    assert "The form was outdated" in answer.text
    assert state_of(app, "Greeter") is PluginState.ENABLED


def test_who_is_not_let_in_sees_and_switches_nothing(start_bare: StartBare) -> None:
    app = start_bare(Greeter, authorise=lambda: abort(403))
    client = app.test_client()

    for path in (LIST, f"{LIST}.json", f"{LIST}/Greeter", f"{LIST}/Greeter.json", "/console/"):
        assert client.get(path).status_code == 403
    assert client.post("/console/plugins/Greeter/disable").status_code == 403
    assert client.get("/console/static/portico.css", buffered=True).status_code == 200
    assert state_of(app, "Greeter") is PluginState.ENABLED


def test_the_application_may_send_people_to_its_own_sign_in_page(start_bare: StartBare) -> None:
    app = start_bare(Greeter, authorise=lambda: redirect("/who-are-you"))

    assert app.test_client().get(LIST).location == "/who-are-you"


def test_no_plugin_at_all_is_said_with_how_to_get_one(start_bare: StartBare) -> None:
    with start_bare().test_request_context(LIST):
        page = render_template(
            "console/plugins.html",
            plugins=[],
            differing=(),
            console_layout="console/layout.html",
            csrf_token=lambda: "",
        )

    assert "No plugin is installed" in page
    assert "<code>portico.plugins</code>" in page


def test_a_plugin_is_quarantined_by_hand_and_tried_again_on_probation(start_bare: StartBare) -> None:
    app = start_bare(Greeter)
    client = app.test_client()

    page = press(client, f"{LIST}/Greeter", "/console/plugins/Greeter/quarantine")
    assert "Greeter is quarantined." in text_of(page)
    assert "It was quarantined by hand" in text_of(page)
    assert "Suspended while it is quarantined." in text_of(page)
    assert state_of(app, "Greeter") is PluginState.QUARANTINED

    page = press(client, LIST, "/console/plugins/Greeter/enable")
    assert "Greeter is on probation." in text_of(page)
    assert "Greeter Enabled On probation" in text_of(page)


def test_a_plugin_that_keeps_failing_stands_there_with_its_cause(start_bare: StartBare) -> None:
    client = start_bare(Tripping).test_client()
    for _ in range(5):
        client.get("/")

    text = text_of(client.get(LIST))

    assert "Tripping Quarantined" in text
    assert "It failed 5 times in a row: RuntimeError: tripped" in text
    quarantine = client.get(f"{LIST}/Tripping.json").get_json()["quarantine"]
    assert quarantine["cause"] == "failed 5 times in a row: RuntimeError: tripped"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", quarantine["at"])


def test_what_was_noted_and_what_nobody_sends_is_shown(start_bare: StartBare) -> None:
    class Guessing(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> SubscriptionMapping:
            return {core.signal("user_craeted"): [print]}

    app = start_bare(Guessing)
    app.extensions["portico"].manager.note("Guessing", "payload", "it changed the records of ext:datastore_upsert")

    text = text_of(app.test_client().get(f"{LIST}/Guessing"))

    assert re.search(r"Nobody has declared or sent it so far ?; did you mean core:user_created ?\?", text)
    assert "Payload it changed the records of ext:datastore_upsert" in text


def test_pages_that_wait_for_a_restart_are_said_to(start_bare: StartBare) -> None:
    class Paged(Plugin):
        implements(IBlueprint)

        def get_blueprint(self) -> object:
            return Blueprint("paged", __name__)

    app = start_bare(Greeter)
    host = app.extensions["portico"]
    host.know(Paged)

    page = press(app.test_client(), LIST, "/console/plugins/Paged/enable")

    assert "The pages of Paged become part of the portal at its next start." in text_of(page)
    assert "Paged Enabled Needs a restart" in text_of(page)


def test_where_processes_differ_is_shown_with_what_failed(start_bare: StartBare) -> None:
    app = start_bare(Greeter)
    plugins = app.extensions["portico"].plugins
    here = plugins.processes("Greeter")[0]
    there = replace(here, process="elsewhere:7", state="failed", failure="OSError: no disk")
    plugins._store.report("elsewhere:7", [there])
    client = app.test_client()

    assert "Greeter Enabled Not so in every process" in text_of(client.get(LIST))
    page = text_of(client.get(f"{LIST}/Greeter"))
    assert "The processes of this portal differ." in page
    assert "elsewhere:7 Failed OSError: no disk" in page


def test_a_plugin_that_others_require_is_not_disabled_and_that_is_said(start_bare: StartBare) -> None:
    class Needing(Plugin):
        requires: tuple[str, ...] = ("Greeter",)

    page = press(start_bare(Greeter, Needing).test_client(), LIST, "/console/plugins/Greeter/disable")

    assert "Cannot disable 'Greeter': 'Needing' requires it; disable that first" in text_of(page)


EVIL = "torn\n2026-01-01 ERROR root: forged\x1b[2J\x00\udce9\u202e"


def evil_plugins() -> list[type[Plugin]]:
    """Plugins that say something unprintable wherever they can say something."""

    class Introduced(Plugin):
        implements(ISignal, IAppRegister)

        def __call__(self) -> dict[str, str]:
            return {"name": EVIL, "version": EVIL, "author": EVIL, "url": f"https://{EVIL}", "notes": EVIL}

        def get_signal_subscriptions(self) -> SubscriptionMapping:
            return {ext.signal(f"evil {EVIL}"): [self.receive], request_started: [self.receive]}

        def receive(self, app: object, /) -> None:
            raise type("Error\x1b[2J", (Exception,), {})(EVIL)

    class Failing(Plugin):
        implements(IPluginBootstrap)

        def bootstrap(self) -> None:
            error = RuntimeError(EVIL)
            error.add_note(EVIL)
            raise error

    Introduced.receive.__qualname__ = EVIL
    Introduced.__doc__ = f"Says \x1b[31mred\udce9.{EVIL}"
    return [Introduced, Failing]


def test_nothing_that_a_plugin_says_breaks_a_page(start_bare: StartBare) -> None:
    app = start_bare(*evil_plugins())
    client = app.test_client()
    host = app.extensions["portico"]
    host.manager.note("Failing", "kind\udce9", EVIL)
    client.get(LIST)
    host.plugins.quarantine("Introduced", EVIL)

    names = ("Introduced", "Failing")
    pages = [client.get(page) for page in (LIST, *(f"{LIST}/{name}" for name in names))]
    documents = [client.get(page) for page in (f"{LIST}.json", *(f"{LIST}/{name}.json" for name in names))]
    press(client, LIST, "/console/plugins/Failing/enable")
    after = client.get(LIST)

    for page in (*pages, *documents, after):
        assert page.status_code == 200
        assert not {"\x1b", "\x00", "\u202e"} & set(page.text)
    for document in documents:
        assert "\\ud" not in document.text.replace("\\\\ud", "")


def test_nothing_that_a_plugin_says_forges_a_line_of_the_log(
    start_bare: StartBare, caplog: pytest.LogCaptureFixture
) -> None:
    start_bare(*evil_plugins()).test_client().get(LIST)

    lines = caplog.text.split("\n")
    assert any("forged" in line for line in lines)
    assert [line for line in lines if line.startswith("2026-01-01")] == []
    assert "\x1b" not in caplog.text
