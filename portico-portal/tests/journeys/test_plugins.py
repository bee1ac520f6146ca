"""Plugins that misbehave, in a portal of several real processes, and what its administrator sees of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Photograph
from tests.journeys.demo_process import DemoProcess
from tests.journeys.served_process import ServedProcess

# It answers with a header, so that anybody can see whether it is at work; it fails where it is told to.
GREETER = """
import os
from portico import IPluginBootstrap, ISignal, Plugin, implements
from portico.builtin import request_finished

class Greeter(Plugin):
    '''Greets with every answer.'''

    implements(ISignal, IPluginBootstrap)

    def get_signal_subscriptions(self):
        return {request_finished: [self.greet]}

    def bootstrap(self):
        if os.environ.get("GREETER_FAILS"):
            raise OSError("no greeting card here")

    def greet(self, app, response):
        response.headers["X-Greeting"] = "hello"
        if os.path.exists("broken"):
            raise LookupError("the card is torn")
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[ServedProcess]]:
    """Three processes of one portal, somebody signed in to each; the plugin fails to start in the last."""
    url = "sqlite:///portal.db" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "greeter.py").write_text(GREETER)
    given = {
        "PORTICO_DATABASE_URL": url.replace("+psycopg", ""),
        "PORTICO_PLUGIN_FOLDER": "plugins",
        "PORTICO_QUARANTINE_AFTER": "2",
    }
    with ExitStack() as stack:
        started = [
            stack.enter_context(ServedProcess(tmp_path, **given, **more)) for more in ({}, {}, {"GREETER_FAILS": "yes"})
        ]
        started[0].create_admin("ada")
        for process in started:
            process.sign_in("ada")
        yield started


def greets(process: ServedProcess) -> bool:
    return "X-Greeting" in process.client.get("/").headers


def within_a_second(happens: Callable[[], Any]) -> bool:
    """Ask again and again, each of which is a request, for a second."""
    # On a busy machine a request takes its time; the promise is about the portal, so one more is granted.
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        if happens():
            return True
    return bool(happens())


def test_a_switch_takes_effect_in_every_process_and_each_says_how_it_went(processes: list[ServedProcess]) -> None:
    first, second, failing = processes
    assert not any(greets(process) for process in processes)

    first.switch("greeter", "enable")

    assert greets(first)
    assert within_a_second(lambda: greets(second))
    assert within_a_second(lambda: failing.plugin("greeter")["state"] == "failed")
    assert not greets(failing)
    assert within_a_second(lambda: len(first.plugin("greeter")["processes"]) == 3)
    said = {each["process"].rpartition(":")[2]: each for each in first.plugin("greeter")["processes"]}
    assert {pid: each["state"] for pid, each in said.items()} == {
        str(first.pid): "enabled",
        str(second.pid): "enabled",
        str(failing.pid): "failed",
    }
    assert said[str(failing.pid)]["failure"] == "OSError: no greeting card here"
    assert "Not so in every process" in first.client.get("/console/plugins").text
    assert "The processes of this application differ" in second.client.get("/console/plugins/greeter").text
    # The portal's other pages and plugins go on, also where it failed.
    assert failing.client.get("/users").status_code == 200

    second.switch("greeter", "disable")

    assert within_a_second(lambda: not greets(first))
    assert within_a_second(lambda: failing.plugin("greeter")["state"] == "disabled")


def test_a_quarantine_in_one_process_is_one_in_all_and_so_is_the_probation(
    processes: list[ServedProcess], tmp_path: Path
) -> None:
    first, second, _ = processes
    first.switch("greeter", "enable")
    assert within_a_second(lambda: greets(second))

    (tmp_path / "broken").touch()
    for _ in range(2):
        first.client.get("/")
    (tmp_path / "broken").unlink()

    assert first.plugin("greeter")["state"] == "quarantined"
    assert within_a_second(lambda: second.plugin("greeter")["state"] == "quarantined")
    cause = second.plugin("greeter")["quarantine"]["cause"]
    assert cause == "failed 2 times in a row: LookupError: the card is torn"
    assert not greets(second)

    second.switch("greeter", "enable")

    assert greets(second)
    assert within_a_second(lambda: greets(first))
    assert first.plugin("greeter")["on_probation"]


def test_a_process_that_starts_later_begins_where_the_others_are(
    processes: list[ServedProcess], tmp_path: Path
) -> None:
    first, *_ = processes
    first.switch("greeter", "enable")

    with ServedProcess(tmp_path, **{k: v for k, v in first._environment.items() if k != "PATH"}) as late:
        assert greets(late)
        assert within_a_second(lambda: len(first.plugin("greeter")["processes"]) >= 2)


MISBEHAVING = {
    "raising": "    def hear(self, app):\n        raise LookupError('no such thing')\n",
    "hanging": "    def hear(self, app):\n        import time; time.sleep(0.4)\n",
    "flooding": "    def hear(self, app):\n        pass\n",
    "meddling": """
    def get_signal_subscriptions(self):
        return {core.signal("request_started"): [self.hear], ext.signal("meddling:seen"): [self.meddle]}

    def hear(self, app):
        ext.signal("meddling:seen").send(pages=[])

    def meddle(self, sender, pages):
        pages.append("mine")
""",
}
PLUGIN = """
from portico import ISignal, Plugin, core, ext, implements

class {name}(Plugin):
    '''Is {name} on purpose.'''

    implements(ISignal)

    def get_signal_subscriptions(self):
        many = {{ext.signal(f"flood:{{i}}"): [self.hear] for i in range({many})}}
        return {{core.signal("request_started"): [self.hear], core.signal("user_craeted"): [print], **many}}

{body}
"""


@pytest.fixture
def misbehaving(tmp_path: Path) -> Iterator[ServedProcess]:
    (tmp_path / "plugins").mkdir()
    for name, body in MISBEHAVING.items():
        many = 3000 if name == "flooding" else 0
        (tmp_path / "plugins" / f"{name}.py").write_text(PLUGIN.format(name=name.title(), body=body, many=many))
    given = {
        "PORTICO_PLUGIN_FOLDER": "plugins",
        "PORTICO_PLUGINS": "raising,hanging,flooding,meddling,audit",
        "PORTICO_QUARANTINE_AFTER": "3",
        "PORTICO_SLOW_RECEIVER_SECONDS": "0.3",
        "PORTICO_WATCH_PAYLOADS": "true",
    }
    with ServedProcess(tmp_path, **given) as process:
        process.create_admin("ada")
        process.sign_in("ada")
        yield process


def test_who_raises_hangs_floods_or_meddles_is_named_with_what_it_did_and_the_others_go_on(
    misbehaving: ServedProcess, page: Page, photograph: Photograph
) -> None:
    root = str(misbehaving.client.base_url)
    page.context.add_cookies(
        [{"name": name, "value": value, "url": root} for name, value in misbehaving.client.cookies.items()]
    )

    page.goto(f"{root}/console/plugins")

    raising = page.locator("#portico-plugin-raising")
    expect(raising).to_contain_text("Quarantined")
    expect(raising).to_contain_text("It failed 3 times in a row: LookupError: no such thing")
    expect(page.locator("#portico-plugin-hanging")).to_contain_text("Hanging.hear on core:request_started took 0.")
    expect(page.locator("#portico-plugin-flooding")).to_contain_text(
        "it holds 3002 subscriptions; more than 1000 are unusual"
    )
    expect(page.locator("#portico-plugin-meddling")).to_contain_text("changed the field 'pages' of ext:meddling:seen")
    expect(page.locator("#portico-plugin-audit")).to_contain_text("Enabled")
    photograph(page, "plugins-misbehaving")
    page.goto(f"{root}/console/plugins/flooding")
    expect(page.get_by_text("did you mean core:user_created?")).to_be_visible()
    expect(page.get_by_text("And 2902 more")).to_be_visible()
    page.goto(f"{root}/users")
    expect(page.get_by_role("rowheader", name="ada")).to_be_visible()


def test_an_administrator_quarantines_a_plugin_and_tries_it_again(
    tmp_path: Path, page: Page, photograph: Photograph
) -> None:
    with DemoProcess(tmp_path / "demo") as demo:
        page.goto(f"{demo.url}/sign-in")
        page.get_by_label("User name or e-mail address").fill("admin")
        page.get_by_label("Password", exact=True).fill("portico-demo")
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{demo.url}/?flaky=raise")

        page.goto(f"{demo.url}/console/plugins/flaky")
        page.get_by_role("link", name="Quarantine … flaky").click()
        page.get_by_role("button", name="Quarantine flaky").click()
        expect(page.locator("#portico-console").get_by_role("status")).to_contain_text("flaky is quarantined.")
        expect(page.get_by_text("It was quarantined by hand")).to_be_visible()
        photograph(page, "plugin-quarantined")
        page.get_by_role("button", name="Try again on probation").click()
        expect(page.locator("#portico-console").get_by_role("status")).to_contain_text("flaky is on probation.")
        photograph(page, "plugin-on-probation")
        assert demo.stored("SELECT enabled, quarantine, probation FROM portico_plugin_state") == [(1, None, 1)]

        # One failure more, and it is back where it was.
        page.goto(f"{demo.url}/?flaky=raise")
        page.goto(f"{demo.url}/console/plugins/flaky")
        expect(page.get_by_text("It failed on probation: RuntimeError")).to_be_visible()
        page.get_by_role("link", name="Disable …").click()
        page.get_by_role("button", name="Disable").click()
        expect(page.locator("#portico-console").get_by_role("status")).to_contain_text("flaky is disabled.")
