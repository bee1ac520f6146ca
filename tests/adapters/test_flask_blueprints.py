from typing import Any

import flask
import pytest

from portico import Plugin, implements
from portico.builtin import register_blueprint
from portico.plugins import IBlueprint, PluginState
from tests.adapters.conftest import MakeHost


def with_pages(plugin_name: str, answer: Any) -> type[Plugin]:
    class WithPages(Plugin):
        """Brings pages."""

        implements(IBlueprint)
        name = plugin_name

        def get_blueprint(self) -> Any:
            return answer

    return WithPages


def pages(name: str = "recipes") -> flask.Blueprint:
    blueprint = flask.Blueprint(name, __name__)
    blueprint.add_url_rule(f"/{name}", view_func=lambda: f"all {name}")
    return blueprint


@pytest.fixture
def app() -> flask.Flask:
    return flask.Flask(__name__)


def test_pages_are_registered_when_the_application_is_built_and_that_is_announced(
    make_host: MakeHost, app: flask.Flask
) -> None:
    blueprint, untyped = pages(), pages("untyped")
    heard: list[Any] = []

    def hear(kind: str, /, *, blueprint: Any) -> None:
        heard.append((kind, blueprint))

    with register_blueprint.connected_to(hear):
        host = make_host(plugins=[with_pages("recipes", [("dataset", blueprint), untyped])])
        host.init_app(app)

    assert heard == [("dataset", blueprint)]
    assert app.test_client().get("/recipes").text == "all recipes"
    assert app.test_client().get("/untyped").status_code == 200
    assert not host.plugins.get("recipes").needs_restart


def test_pages_of_a_plugin_that_is_off_are_not_found(make_host: MakeHost, app: flask.Flask) -> None:
    host = make_host(plugins=[with_pages("recipes", ("dataset", pages()))])
    host.init_app(app)
    client = app.test_client()

    host.plugins.disable("recipes")
    assert client.get("/recipes").status_code == 404
    host.plugins.enable("recipes")

    assert client.get("/recipes").status_code == 200
    assert not host.plugins.get("recipes").needs_restart


def test_pages_of_a_plugin_that_is_enabled_later_need_a_restart(make_host: MakeHost, app: flask.Flask) -> None:
    host = make_host(plugins=[with_pages("recipes", pages())])
    host.plugins._store.save("recipes", enabled=False)
    host.init_app(app)

    status = host.plugins.enable("recipes")

    assert status.needs_restart
    assert app.test_client().get("/recipes").status_code == 404
    host.close()
    again = flask.Flask(__name__)
    host.init_app(again)
    assert not host.plugins.get("recipes").needs_restart
    assert again.test_client().get("/recipes").status_code == 200


@pytest.mark.parametrize("answer", [None, ("dataset", 3), (1, pages()), "recipes"])
def test_something_else_than_blueprints_fails_the_plugin(make_host: MakeHost, app: flask.Flask, answer: Any) -> None:
    host = make_host(plugins=[with_pages("recipes", answer)])
    host.init_app(app)

    failure = host.plugins.get("recipes").failure
    assert failure is not None
    assert failure.stage == "blueprint"
    assert "get_blueprint() returned" in failure.error


def test_pages_that_cannot_be_registered_fail_their_plugin_and_no_other(make_host: MakeHost, app: flask.Flask) -> None:
    host = make_host(plugins=[with_pages("one", pages()), with_pages("two", pages())])
    host.init_app(app)

    assert host.plugins.get("one").state is PluginState.ENABLED
    two = host.plugins.get("two")
    assert two.state is PluginState.FAILED
    assert two.failure is not None
    assert "is already registered" in two.failure.error
    assert app.test_client().get("/recipes").status_code == 200
