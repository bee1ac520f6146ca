from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from portico import ISignal, Plugin, implements
from portico.adapters import host_of
from portico.adapters.flask import watch_requests
from portico.builtin import Response, request_finished, request_started
from tests.adapters.conftest import MakeHost


@pytest.fixture
def app(tmp_path: Path) -> Iterator[flask.Flask]:
    (tmp_path / "style.css").write_text("body {}")
    app = flask.Flask(__name__, static_folder=str(tmp_path), static_url_path="/static")

    @app.get("/")
    def page() -> str:
        return "hello"

    @app.get("/broken")
    def broken() -> str:
        raise LookupError("not there")

    undo = watch_requests(app)
    yield app
    undo()


@pytest.fixture
def heard() -> Iterator[list[tuple[str, Any, Any]]]:
    heard: list[tuple[str, Any, Any]] = []
    with (
        request_started.connected_to(lambda app: heard.append(("started", app, None))),
        request_finished.connected_to(lambda app, *, response: heard.append(("finished", app, response.status_code))),
    ):
        yield heard


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/static/style.css", 200), ("/missing", 404), ("/broken", 500)]
)
def test_every_request_raises_both_signals_once_with_the_real_application(
    app: flask.Flask, heard: list[tuple[str, Any, Any]], path: str, status: int
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    with app.test_client() as client:
        client.get(path).close()

    assert heard == [("started", app, None), ("finished", app, status)]
    assert type(heard[0][1]) is flask.Flask


def test_request_started_comes_before_any_processing(app: flask.Flask, heard: list[tuple[str, Any, Any]]) -> None:
    @app.before_request
    def processing() -> None:
        heard.append(("processing", None, None))

    app.test_client().get("/")

    assert [what for what, *_ in heard] == ["started", "processing", "finished"]


def test_a_failing_receiver_neither_changes_the_response_nor_is_called_twice(app: flask.Flask) -> None:
    calls = []

    def broken(sender: object, *, response: Response) -> None:
        calls.append(response)
        raise LookupError("not there")

    with request_finished.connected_to(broken):
        response = app.test_client().get("/")

    assert (response.status_code, response.text) == (200, "hello")
    assert len(calls) == 1


def test_another_library_s_failing_receiver_does_not_make_it_finish_twice(
    app: flask.Flask, heard: list[tuple[str, Any, Any]]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(sender: object, response: flask.Response) -> None:
        raise LookupError("not there")

    with flask.request_finished.connected_to(broken, app):
        app.test_client().get("/")

    assert [what for what, *_ in heard].count("finished") == 1


def test_other_applications_raise_nothing(app: flask.Flask, heard: list[tuple[str, Any, Any]]) -> None:
    flask.Flask("another").test_client().get("/")

    assert heard == []


def test_a_guard_that_aborts_a_request_is_not_swallowed(make_host: MakeHost) -> None:
    class Guarding(Plugin):
        implements(ISignal)
        name = "guarding"

        def get_signal_subscriptions(self) -> Any:
            return {request_started: [self.guard, self.fail]}

        def guard(self, app: object) -> None:
            if flask.request.path == "/secret":
                flask.abort(403)

        def fail(self, app: object) -> None:
            raise LookupError("always")

    app = flask.Flask(__name__)
    app.add_url_rule("/secret", "secret", lambda: "secret")
    app.add_url_rule("/", "home", lambda: "home")
    host = make_host(plugins=[Guarding])
    host.init_app(app)
    client = app.test_client()

    assert (client.get("/").status_code, client.get("/secret").status_code) == (200, 403)
    assert host.plugins.get("guarding").failures == 1  # To abort is an answer, and no failure.
    host.close()
    assert client.get("/secret").text == "secret"


def test_the_host_of_an_application_is_found_also_through_a_proxy_and_other_middleware(make_host: MakeHost) -> None:
    app, host = flask.Flask("shop"), make_host()

    assert host_of(app) is None
    host.init_app(app)

    assert host_of(app) is host_of(ProxyFix(app)) is host
    with app.app_context():
        assert host_of(flask.current_app) is host
    host.close()
    assert host_of(app) is None


def test_a_proxy_of_an_application_can_be_given_its_host(make_host: MakeHost) -> None:
    app, host = flask.Flask("shop"), make_host()

    with app.app_context():
        host.init_app(flask.current_app)

    assert host_of(app) is host
    assert app.test_client().get("/").status_code == 404
