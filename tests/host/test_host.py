import logging
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

import flask
import flask_login
import pytest

from portico import IPluginBootstrap, ISignal, Plugin, Portico, implements
from portico.builtin import action_succeeded, failed_login, request_started, user_logged_in
from portico.errors import HostError, PluginError
from portico.host import MemoryStateStore, current_host
from portico.plugins import Limits, PluginState
from portico.transactions import Recording
from tests.host.conftest import MakeHost


class Listening(Plugin):
    """Hears failed logins."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {failed_login: [self.heard]}

    def heard(self, name: str) -> str:
        return f"heard {name}"


class Broken(Plugin):
    """Fails whenever it hears something."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {failed_login: [self.fail]}

    def fail(self, name: str) -> None:
        raise LookupError("not there")


class FullStore(MemoryStateStore):
    """A store that has no room left."""

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> NoReturn:
        raise OSError("no space left on device")


def test_an_open_host_has_its_configured_plugins_enabled(make_host: MakeHost) -> None:
    host = make_host(plugins=[Listening])

    assert failed_login.collect("jane") == []
    host.open()

    assert failed_login.collect("jane") == ["heard jane"]
    assert host.plugins.get("Listening").state is PluginState.ENABLED


def test_closing_undoes_everything_and_the_host_can_be_opened_again(make_host: MakeHost) -> None:
    host = make_host(plugins=[Listening])

    with host:
        assert failed_login.collect("jane") == ["heard jane"]
    assert failed_login.subscriptions == ()
    assert not host.is_open
    with host:
        assert failed_login.collect("jane") == ["heard jane"]


def test_opening_a_second_host_replaces_the_first_and_says_so(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_host(plugins=[Listening]).open(), make_host(plugins=[Broken])

    assert second.open() is second

    assert (first.is_open, second.is_open, current_host()) == (False, True, second)
    assert failed_login.collect("jane") == []
    (record, *_) = caplog.records
    assert re.fullmatch(
        r"the host opened at \S+test_host\.py:\d+ replaces the one opened at \S+test_host\.py:\d+, which is closed",
        record.message,
    )


def test_a_host_that_is_open_is_not_opened_again(make_host: MakeHost) -> None:
    host = make_host().open()

    with pytest.raises(HostError, match=r"cannot open the host: it is open already; close\(\) it first"):
        host.open()


def test_a_plugin_that_opens_or_closes_a_host_while_one_is_being_opened_fails_and_nothing_else(
    make_host: MakeHost,
) -> None:
    class Meddling(Plugin):
        implements(IPluginBootstrap)

        def __init__(self) -> None:
            self.refused: list[str] = []

        def bootstrap(self) -> None:
            for meddle in (Portico().open, current_host().close):
                with pytest.raises(HostError) as refused:
                    meddle()
                self.refused.append(str(refused.value))

    host = make_host(plugins=[Meddling, Listening]).open()

    assert host.plugins.instance("Meddling").refused == [
        "cannot open the host: another one is being opened; let it finish first",
        "cannot close the host while it is being opened; wait until open() has returned",
    ]
    assert (host.is_open, failed_login.collect("jane")) == (True, ["heard jane"])


def test_an_unknown_plugin_in_the_configuration_is_one_message_and_the_others_go_on(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(plugins=["Listenin", Listening])

    with caplog.at_level(logging.ERROR):
        host.open()

    assert failed_login.collect("jane") == ["heard jane"]
    assert [record.message for record in caplog.records] == [
        "left out a plugin, the others go on: no plugin is called 'Listenin'; did you mean 'Listening'?"
    ]


def test_what_was_switched_by_hand_overrides_the_configuration(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    with make_host(plugins=[Listening], state=store) as host:
        host.plugins.disable("Listening")
        assert failed_login.collect("jane") == []

    with make_host(plugins=[Listening], state=store) as host:
        assert failed_login.collect("jane") == []
        host.plugins.enable("Listening")

    with make_host(plugins=[Listening], state=store):
        assert failed_login.collect("jane") == ["heard jane"]


def test_a_choice_in_memory_does_not_survive_a_restart(make_host: MakeHost) -> None:
    assert not make_host().plugins.survives_restart


def test_a_choice_that_cannot_be_stored_leaves_the_plugin_as_it_was(make_host: MakeHost) -> None:
    host = make_host(plugins=[Listening], state=FullStore()).open()

    with pytest.raises(PluginError, match="plugin 'Listening' was not disabled: the choice could not be stored"):
        host.plugins.disable("Listening")
    assert failed_login.collect("jane") == ["heard jane"]
    host.manager.disable("Listening")
    with pytest.raises(PluginError, match="plugin 'Listening' was not enabled: the choice could not be stored"):
        host.plugins.enable("Listening")

    assert failed_login.collect("jane") == []


def test_a_failing_receiver_is_recorded_and_neither_the_sender_nor_the_others_notice(make_host: MakeHost) -> None:
    host = make_host(plugins=[Broken, Listening]).open()

    assert failed_login.collect("jane") == ["heard jane"]

    failure = host.plugins.get("Broken").failure
    assert failure is not None
    assert failure.error == "LookupError: not there"
    assert host.plugins.get("Listening").failure is None


def test_a_propagating_host_lets_exceptions_out_until_it_is_closed(make_host: MakeHost) -> None:
    with make_host(plugins=[Broken], propagate=True), pytest.raises(LookupError):
        failed_login.send("jane")

    with make_host(plugins=[Broken]):
        assert len(failed_login.send("jane")) == 1


@pytest.mark.parametrize("plugins", ["audit", {"audit"}, None, iter(["audit"])])
def test_what_is_no_list_of_plugins_is_refused_at_once(plugins: Any) -> None:
    with pytest.raises(PluginError, match=r"cannot use .* as a list of plugins; give a list, such as \['audit'\]"):
        Portico(plugins=plugins)


def test_two_classes_of_one_name_are_refused_and_one_class_twice_is_one_plugin(make_host: MakeHost) -> None:
    other = type("Listening", (Plugin,), {})

    with pytest.raises(PluginError, match=r"two plugins are called 'Listening': .*:Listening and .*; rename one"):
        Portico(plugins=[Listening, other])
    host = make_host(plugins=[Listening, Listening]).open()
    with pytest.raises(PluginError, match="two plugins are called 'Listening'"):
        host.know(other)

    assert host.know(Listening) == "Listening"
    assert failed_login.collect("jane") == ["heard jane"]


def test_a_class_that_takes_the_name_of_an_installed_plugin_is_used_and_that_is_said(
    make_host: MakeHost, installed_plugin: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host(plugins=[type("Mine", (Plugin,), {"name": installed_plugin})])

    assert host.plugins.get(installed_plugin).origin.endswith(":Mine")
    assert f"two plugins are called {installed_plugin!r}" in caplog.text


def test_something_that_is_no_plugin_is_refused_at_once() -> None:
    with pytest.raises(PluginError, match="cannot use <class 'int'> as a plugin"):
        Portico(plugins=[int])  # type: ignore[list-item]


class Person(flask_login.UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    id = "1"


@pytest.fixture
def app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.secret_key = "only for this test"
    flask_login.LoginManager(app).user_loader(lambda _: None)

    @app.get("/")
    def page() -> str:
        return "hello"

    @app.post("/sign-in")
    def sign_in() -> str:
        flask_login.login_user(Person())
        return "welcome"

    return app


def test_init_app_opens_the_host_in_the_context_of_the_application(make_host: MakeHost, app: flask.Flask) -> None:
    seen = []

    class InContext(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            seen.append(flask.current_app._get_current_object())  # type: ignore[attr-defined]
            return {}

    host = make_host(plugins=[InContext])
    host.init_app(app)

    assert seen == [app]
    assert app.extensions["portico"] is host


def test_an_application_factory_that_is_called_twice_works_and_the_first_application_says_where_to_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def create_app() -> flask.Flask:
        app = flask.Flask(__name__)
        app.testing = True
        app.add_url_rule("/", view_func=lambda: "hello")
        Portico(plugins=[Listening]).init_app(app)
        return app

    first = create_app()
    old_host = first.extensions["portico"]
    second = create_app()

    assert second.test_client().get("/").text == "hello"
    assert failed_login.collect("jane") == ["heard jane"]
    with pytest.raises(HostError, match=r"another one was opened at \S+test_host\.py:\d+; use that one's"):
        first.test_client().get("/")
    assert first.extensions["portico"] is old_host
    old_host.close()
    assert first.test_client().get("/").text == "hello"
    assert "portico" not in first.extensions
    second.extensions["portico"].close()


def test_a_host_that_was_replaced_can_take_its_place_again(make_host: MakeHost, app: flask.Flask) -> None:
    app.testing = True
    first, second = make_host(), make_host()
    first.init_app(app)
    second.open()

    first.init_app(app)

    assert (first.is_open, second.is_open) == (True, False)
    assert app.test_client().get("/").text == "hello"


def test_after_closing_the_application_raises_nothing_any_more(make_host: MakeHost, app: flask.Flask) -> None:
    host = make_host()
    host.init_app(app)
    heard: list[str] = []

    with (
        request_started.connected_to(lambda app: heard.append("request")),
        user_logged_in.connected_to(lambda app, *, user: heard.append("sign-in")),
    ):
        app.test_client().post("/sign-in")
        assert heard == ["request", "sign-in"]
        host.close()
        app.test_client().post("/sign-in")

    assert heard == ["request", "sign-in"]
    assert "portico" not in app.extensions


def test_a_plugin_that_keeps_failing_is_quarantined_remembered_and_back_on_probation(
    make_host: MakeHost, app: flask.Flask
) -> None:
    store = MemoryStateStore()
    host = make_host(plugins=[Broken, Listening], state=store, limits=Limits(failures_in_a_row=2))
    host.init_app(app)
    app.add_url_rule("/fail", view_func=lambda: str(len(failed_login.send("jane"))))

    answers = [app.test_client().get("/fail").text for _ in range(3)]

    assert answers == ["2", "2", "1"]
    assert store.load()["Broken"].quarantine == "failed 2 times in a row: LookupError: not there"
    host.close()
    again = make_host(plugins=[Broken, Listening], state=store).open()
    assert again.plugins.get("Broken").state is PluginState.QUARANTINED
    assert again.plugins.enable("Broken").on_probation
    assert store.load()["Broken"].probation
    failed_login.send("jane")
    again.close()
    assert store.load()["Broken"].quarantine == "failed on probation: LookupError: not there"


def test_a_plugin_that_disables_itself_in_its_bootstrap_stays_so_in_the_store(make_host: MakeHost) -> None:
    class Shy(Plugin):
        implements(IPluginBootstrap)

        def bootstrap(self) -> None:
            current_host().plugins.disable("Shy")

    store = MemoryStateStore()
    host = make_host(plugins=[Shy], state=store).open()
    assert host.plugins.get("Shy").state is PluginState.DISABLED

    with pytest.raises(PluginError, match="it was disabled while it was being enabled, by its own code perhaps"):
        host.plugins.enable("Shy")

    assert not store.load()["Shy"].enabled


def test_only_an_enabled_plugin_is_quarantined_by_hand(make_host: MakeHost) -> None:
    host = make_host(plugins=[Listening]).open()

    status = host.plugins.quarantine("Listening", "is torn\n\udce9")
    assert (status.state, failed_login.collect("jane")) == (PluginState.QUARANTINED, [])
    assert status.quarantine is not None
    assert status.quarantine.cause == "is torn \\udce9"

    with pytest.raises(PluginError, match="cannot quarantine 'Listening': it is quarantined; only an enabled"):
        host.plugins.quarantine("Listening")


def test_plugins_of_a_folder_stand_beside_the_installed_ones(
    make_host: MakeHost, installed_plugin: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "lying_there.py").write_text("from portico import Plugin\n\nclass Lying(Plugin):\n    pass\n")

    with make_host(plugins=["lying_there"], plugin_folder=folder) as host:
        assert host.plugins.get("lying_there").state is PluginState.ENABLED
        assert host.plugins.get(installed_plugin).state is PluginState.DISABLED

    assert str(folder) not in sys.path
    del sys.modules["lying_there"]


ARRIVING = "from portico import Plugin\n\nclass Arriving(Plugin):\n    pass\n"


def test_a_plugin_that_was_installed_since_the_start_is_found_when_it_is_enabled(
    make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "folder").mkdir()
    host = make_host(plugin_folder=tmp_path / "folder").open()
    assert {"arriving", "lying_there_now"}.isdisjoint(status.name for status in host.plugins.list())

    (tmp_path / "arriving_now.py").write_text(ARRIVING)
    (tmp_path / "folder" / "lying_there_now.py").write_text(ARRIVING)
    info = tmp_path / "arriving-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: arriving\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[portico.plugins]\narriving = arriving_now:Arriving\n")

    for name in ("arriving", "lying_there_now"):
        assert host.plugins.enable(name).state is PluginState.ENABLED
    del sys.modules["arriving_now"], sys.modules["lying_there_now"]


def test_what_a_plugin_that_was_found_later_connects_at_import_belongs_to_it(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(plugin_folder=tmp_path).open()
    (tmp_path / "connecting_now.py").write_text(
        f"{ARRIVING}\nfrom portico.builtin import failed_login\nfailed_login.connect(lambda name: 'now', weak=False)\n"
    )

    host.plugins.enable("connecting_now")
    on = failed_login.collect("jane")
    host.plugins.disable("connecting_now")

    del sys.modules["connecting_now"]
    assert (on, failed_login.collect("jane")) == (["now"], [])


def test_a_configured_plugin_that_is_found_later_takes_its_place(make_host: MakeHost, tmp_path: Path) -> None:
    class Last(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            return {failed_login: [lambda name: "last"]}

    host = make_host(plugins=[Listening, "between_now", Last], plugin_folder=tmp_path).open()
    (tmp_path / "between_now.py").write_text(
        f"{ARRIVING}\nfrom portico.builtin import failed_login\n"
        "failed_login.connect(lambda name: 'between', weak=False)\n"
    )

    host.plugins.enable("between_now")

    del sys.modules["between_now"]
    assert failed_login.collect("jane") == ["heard jane", "between", "last"]
    assert [status.name for status in host.plugins.list()][:3] == ["Listening", "between_now", "Last"]


def test_an_action_can_be_given_the_transaction_of_anything(make_host: MakeHost) -> None:
    class Kept(Recording):
        is_open = True
        has_writes = True
        commits = 0

        def __init__(self) -> None:
            self.entries: list[Any] = []

        def _add(self, entry: Any) -> None:
            self.entries.append(entry)

    host, kept = make_host(), Kept()
    host.actions.register({"place": lambda context, data_dict: "placed"}, {})
    told: list[Any] = []

    with host, action_succeeded.connected_to(lambda name, **payload: told.append(payload["result"])):
        host.actions.get_action("place")({"session": kept, "ignore_auth": True}, {})
        assert told == []
        for entry in kept.entries:
            entry.do(None)

    assert told == ["placed"]
