import logging
import sys
from pathlib import Path
from typing import Any, NoReturn

import flask
import flask_login
import pytest

from portico import ISignal, Plugin, Portico, implements
from portico.builtin import failed_login, request_started, user_logged_in
from portico.errors import HostError, PluginError
from portico.plugins import Limits, MemoryStateStore, PluginState
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


def test_one_host_is_open_at_a_time(make_host: MakeHost) -> None:
    first, second = make_host(), make_host()
    first.open()

    with pytest.raises(HostError, match=r"this host is open already; close\(\) it first"):
        first.open()
    with pytest.raises(HostError, match=r"another host is open in this process; close\(\) it first"):
        second.open()
    first.close()

    assert second.open() is second


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


def test_only_an_enabled_plugin_is_quarantined_by_hand(make_host: MakeHost) -> None:
    host = make_host(plugins=[Listening]).open()

    status = host.plugins.quarantine("Listening")
    assert (status.state, failed_login.collect("jane")) == (PluginState.QUARANTINED, [])

    with pytest.raises(PluginError, match="cannot quarantine 'Listening': it is quarantined; only an enabled"):
        host.plugins.quarantine("Listening")


def test_plugins_of_a_folder_stand_beside_the_installed_ones(make_host: MakeHost, tmp_path: Path) -> None:
    (tmp_path / "lying_there.py").write_text("from portico import Plugin\n\nclass Lying(Plugin):\n    pass\n")

    with make_host(plugins=["lying_there"], plugin_folder=tmp_path) as host:
        assert host.plugins.get("lying_there").state is PluginState.ENABLED
        assert host.plugins.get("audit").state is PluginState.DISABLED

    assert str(tmp_path) not in sys.path
    del sys.modules["lying_there"]
