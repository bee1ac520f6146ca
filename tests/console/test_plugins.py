import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Blueprint, Flask, abort, current_app, redirect

from portico import IPluginBootstrap, ISignal, Plugin, core, ext, implements
from portico.builtin import request_started
from portico.plugins import IAppRegister, IBlueprint, Interface, PluginState, SubscriptionMapping
from tests.console.conftest import Broken, Greeter, StartBare, Tripping
from tests.console.visiting import fields_of, press, text_of

LIST = "/console/plugins"


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
    assert page.status_code == 409
    assert 'role="alert"' in page.text
    assert "Broken could not be enabled; the reason stands below." in text
    assert "LookupError: no <mail> server configured" in text
    assert "State Failed" in text
    assert "Stage bootstrap: in its bootstrap()" in text
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
    assert one.pop("survives_restart") is False
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
    address = f"{LIST}/Greeter/disable"
    fields = fields_of(client.get(address).text, address)
    assert "csrf_token" in fields

    assert client.post(f"{LIST}/nothing/enable", data=fields).status_code == 404


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
    assert client.get("/console/static/console.css", buffered=True).status_code == 200
    assert state_of(app, "Greeter") is PluginState.ENABLED


def test_the_application_may_send_people_to_its_own_sign_in_page(start_bare: StartBare) -> None:
    app = start_bare(Greeter, authorise=lambda: redirect("/who-are-you"))

    assert app.test_client().get(LIST).location == "/who-are-you"


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
    app.extensions["portico"].plugins.manager.note(
        "Guessing", "payload", "it changed the records of ext:datastore_upsert"
    )

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

    assert "Paged is enabled. Its pages become part of the application at the next start." in text_of(page)
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
    assert "The processes of this application differ." in page
    assert "elsewhere:7 Failed OSError: no disk" in page


def test_a_plugin_that_others_require_is_not_disabled_and_that_is_said(start_bare: StartBare) -> None:
    class Needing(Plugin):
        requires: tuple[str, ...] = ("Greeter",)

    client = start_bare(Greeter, Needing).test_client()
    asked = client.get("/console/plugins/Greeter/disable")
    # The page that asks has no button; a form that was sent all the same is answered, too.
    fields = fields_of(client.get("/console/plugins/Greeter/quarantine").text, "/console/plugins/Greeter/quarantine")
    refused = client.post("/console/plugins/Greeter/disable", data=fields)

    assert "It cannot be disabled before what requires it: Needing" in text_of(asked)
    assert "<form" not in asked.text
    assert refused.status_code == 409
    assert "Cannot disable 'Greeter': 'Needing' requires it; disable that first" in text_of(refused)


@pytest.mark.parametrize("verb", ["disable", "quarantine"])
def test_what_takes_something_away_asks_first_and_says_what_comes_of_it(start_bare: StartBare, verb: str) -> None:
    app = start_bare(Greeter)
    client = app.test_client()

    page = client.get(f"{LIST}/Greeter/{verb}")

    assert f"{verb.capitalize()} Greeter?" in text_of(page)
    assert "is forgotten when the application starts again" in text_of(page)
    assert 'href="/console/plugins/Greeter">Cancel' in page.text
    assert state_of(app, "Greeter") is PluginState.ENABLED
    assert client.get(f"{LIST}/Greeter/{verb}.json").get_json()["verb"] == verb


def test_what_is_so_already_is_not_asked(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()
    press(client, LIST, f"{LIST}/Greeter/disable")

    pages = {verb: client.get(f"{LIST}/Greeter/{verb}") for verb in ("disable", "quarantine")}

    assert "It is disabled already." in text_of(pages["disable"])
    assert "It is disabled; only what is enabled can be quarantined." in text_of(pages["quarantine"])
    assert all("<form" not in page.text for page in pages.values())
    assert client.get(f"{LIST}/Greeter/disable.json").get_json()["refused"] == "It is disabled already."


def test_there_is_nothing_to_ask_about_what_is_not_installed(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()

    assert client.get(f"{LIST}/nothing/disable").status_code == 404
    assert "nothing" in client.get(f"{LIST}/nothing/disable.json").get_json()["error"]
    assert client.get(f"{LIST}/Greeter/explode").status_code == 404


@pytest.mark.parametrize("address", [LIST, f"{LIST}/Greeter"])
def test_the_address_says_nothing_that_is_not_so(start_bare: StartBare, address: str) -> None:
    client = start_bare(Greeter).test_client()

    def said(asked: str) -> str:
        return text_of(client.get(f"{address}?{asked}"))

    assert "Greeter is enabled." in said("switched=Greeter&to=enabled")
    assert "Greeter is enabled in this process, not disabled." in said("switched=Greeter&to=disabled")
    assert "<b>" not in said("switched=<b>Greeter&to=enabled") + said("switched=Greeter&to=<b>")
    assert 'role="status"' not in client.get(f"{address}?switched=nothing&to=enabled").text


def test_a_store_in_memory_is_said_to_forget(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()

    for page in (LIST, f"{LIST}/Greeter"):
        text = text_of(client.get(page))
        assert "in this process only, and is forgotten when the application starts again" in text
        assert "survives a restart" not in text
    assert client.get(f"{LIST}.json").get_json()["survives_restart"] is False


def test_what_stays_in_the_application_is_told_before_and_after(start_bare: StartBare) -> None:
    class Shouting(Plugin):
        implements(IPluginBootstrap)

        def bootstrap(self) -> None:
            current_app.jinja_env.filters["shout"] = str.upper

    client = start_bare(Shouting).test_client()

    asked = text_of(client.get(f"{LIST}/Shouting/disable"))
    after = text_of(press(client, f"{LIST}/Shouting", f"{LIST}/Shouting/disable"))

    assert "This stays in the application until a restart without it: the template filter 'shout'" in asked
    assert "Stays while it is off" in after
    assert "the template filter 'shout'" in after


def test_a_failure_at_an_extension_point_is_told_with_its_word(start_bare: StartBare) -> None:
    class IMenu(Interface):
        def menu_items(self) -> list[str]:
            """Return what is on the menu."""
            raise NotImplementedError

    class Hungry(Plugin):
        implements(IMenu)

        def menu_items(self) -> list[str]:
            raise LookupError("no menu")

    app = start_bare(Hungry)
    host = app.extensions["portico"]
    host.contributions.offer(IMenu, take=lambda part, scope: part.menu_items(), stage="menu")

    text = text_of(app.test_client().get(f"{LIST}/Hungry"))

    assert "Stage menu: an extension point of the application" in text
    assert "LookupError: no menu" in text


@pytest.mark.parametrize(
    "name", ["odd ? & # %2F ä", "quoted \"<b>\" \\ 'x'", "100%", ";a=b", "enable", "~", "a.json.b"]
)
def test_a_plugin_may_be_called_oddly(start_bare: StartBare, name: str) -> None:
    odd = type(name, (Plugin,), {"__module__": __name__, "name": name})
    app = start_bare(odd)
    client = app.test_client()

    shown = re.search(r'<h2><a href="([^"]+)"', client.get(LIST).text)
    assert shown is not None
    address = unescape(shown[1])
    page = press(client, address, f"{address}/disable")

    assert f"{name} is disabled." in unescape(re.sub(r"<[a-z/][^>]*>", "", page.text))
    assert state_of(app, name) is PluginState.DISABLED
    assert client.get(f"{address}.json").get_json()["name"] == name


def test_a_failure_of_megabytes_is_a_page_that_opens_and_all_of_it_in_json(start_bare: StartBare) -> None:
    class Flooding(Plugin):
        implements(IPluginBootstrap)

        def __init__(self) -> None:
            type(self).__doc__ = "long " * 1_000_000

        def bootstrap(self) -> None:
            raise RuntimeError("<i>x</i>" * 500_000)

    app = start_bare(Flooding)
    client = app.test_client()
    app.extensions["portico"].plugins.manager.note("Flooding", "long", "y" * 4_000_000)

    refused = press(client, LIST, f"{LIST}/Flooding/enable")
    pages = [client.get(LIST), client.get(f"{LIST}/Flooding"), refused]

    assert refused.status_code == 409
    for page in pages:
        assert len(page.data) < 150_000
        assert "characters more" in page.text
        assert "<i>" not in page.text
    document = client.get(f"{LIST}/Flooding.json").get_json()
    assert document["failure"]["error"].count("<i>x</i>") == 500_000
    # Neither in the session: a cookie of that size is dropped, and everybody is signed out.
    assert all(len(cookie) < 1000 for page in pages for cookie in page.headers.getlist("Set-Cookie"))


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
    host.plugins.manager.note("Failing", "kind\udce9", EVIL)
    client.get(LIST)
    host.plugins.quarantine("Introduced", EVIL)

    names = ("Introduced", "Failing")
    pages = [client.get(page) for page in (LIST, *(f"{LIST}/{name}" for name in names))]
    documents = [client.get(page) for page in (f"{LIST}.json", *(f"{LIST}/{name}.json" for name in names))]
    refused = press(client, LIST, "/console/plugins/Failing/enable")
    after = client.get(LIST)

    assert refused.status_code == 409
    for page in (*pages, *documents, after):
        assert page.status_code == 200
    for page in (*pages, *documents, refused, after):
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
