"""What a plugin's blueprint puts into an application, while the plugin is on, off and on again."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any, NoReturn

import flask
import pytest
from flask.blueprints import BlueprintSetupState
from flask.testing import FlaskClient

from portico import IPluginBootstrap, Plugin, Portico, implements
from portico.errors import PluginError
from portico.plugins import IBlueprint, PluginState
from tests.adapters.conftest import MakeHost

Fill = Callable[[flask.Blueprint], object]


def bringing(plugin_name: str, fill: Fill) -> type[Plugin]:
    """Return a plugin class with a blueprint that `fill` has filled."""

    class Bringing(Plugin):
        implements(IBlueprint)
        name = plugin_name

        def get_blueprint(self) -> Any:
            blueprint = flask.Blueprint(plugin_name, __name__, url_prefix=f"/{plugin_name}")
            blueprint.add_url_rule("/", view_func=lambda: f"page of {plugin_name}", methods=["GET", "POST"])
            fill(blueprint)
            return [blueprint]

    return Bringing


@pytest.fixture
def app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "home", lambda: flask.render_template_string("home"))
    app.add_url_rule("/fail", "fail", fail)
    return app


def fail(*_: object) -> NoReturn:
    raise LookupError("nothing")


Open = Callable[..., tuple[Portico, FlaskClient]]


@pytest.fixture
def opened(make_host: MakeHost, app: flask.Flask) -> Open:
    def start(*plugins: type[Plugin]) -> tuple[Portico, FlaskClient]:
        host = make_host(plugins=plugins)
        host.init_app(app)
        return host, app.test_client()

    return start


class Hooks:
    """Fills a blueprint with every kind of hook, for all pages and for its own; each says when it runs."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.kinds: set[str] = set()

    def __call__(self, blueprint: flask.Blueprint) -> None:
        blueprint.add_url_rule("/all", view_func=self._page)
        for kind, scope in ((kind, scope) for kind in ("before", "after", "teardown") for scope in ("", "app_")):
            getattr(blueprint, f"{kind}_{scope}request")(self._saying(f"{kind} {scope}request"))
        blueprint.context_processor(self._saying("context", {}))
        blueprint.app_context_processor(self._saying("app context", {}))
        blueprint.url_value_preprocessor(self._saying("url value"))
        blueprint.app_url_value_preprocessor(self._saying("app url value"))
        blueprint.url_defaults(self._saying("url defaults"))
        blueprint.app_url_defaults(self._saying("app url defaults"))
        blueprint.app_errorhandler(404)(self._saying("app 404", "not here"))
        blueprint.errorhandler(404)(self._saying("404", "not here"))
        blueprint.app_errorhandler(LookupError)(self._saying("app error", "look elsewhere"))
        blueprint.record(self._beside)

    def _beside(self, state: BlueprintSetupState) -> None:
        state.app.teardown_appcontext(self._saying("teardown context"))
        state.app.url_build_error_handlers.append(self._saying("build error", "/"))

    def _page(self) -> str:
        flask.render_template_string(flask.url_for("hooks.nowhere"))
        flask.abort(404)

    def _saying(self, what: str, answer: Any = None) -> Callable[..., Any]:
        self.kinds.add(what)

        def say(*arguments: Any, **_: Any) -> Any:
            self.ran.append(what)
            # What is called after a request gives the response on.
            return arguments[0] if what.startswith("after") else answer

        return say


def use_everything(client: FlaskClient) -> list[int]:
    return [client.get(page).status_code for page in ("/", "/nowhere", "/fail", "/hooks/", "/hooks/all")]


def test_nothing_that_a_blueprint_brought_runs_while_its_plugin_is_off(opened: Open) -> None:
    hooks = Hooks()
    host, client = opened(bringing("hooks", hooks))
    assert use_everything(client) == [200, 200, 200, 200, 200]
    assert set(hooks.ran) == hooks.kinds
    hooks.ran.clear()

    host.plugins.disable("hooks")

    assert use_everything(client) == [200, 404, 500, 404, 404]
    assert hooks.ran == []


def test_it_runs_again_when_the_plugin_is_on_again(opened: Open) -> None:
    hooks = Hooks()
    host, client = opened(bringing("hooks", hooks))
    hooks.ran.clear()
    use_everything(client)
    before, hooks.ran = hooks.ran, []

    host.plugins.disable("hooks")
    host.plugins.enable("hooks")
    hooks.ran.clear()  # Enabling ends a use of the application's context, too.
    use_everything(client)

    assert hooks.ran == before


def test_a_quarantined_plugin_and_one_that_cannot_be_registered_leave_nothing_either(opened: Open) -> None:
    hooks = Hooks()

    def half(blueprint: flask.Blueprint) -> None:
        hooks(blueprint)
        blueprint.record(fail)

    host, client = opened(bringing("hooks", hooks), bringing("half", half))
    assert host.plugins.get("half").state is PluginState.FAILED
    host.plugins.quarantine("hooks")
    hooks.ran.clear()

    use_everything(client)

    assert hooks.ran == []


def test_the_page_says_which_plugin_is_off(opened: Open) -> None:
    host, client = opened(bringing("recipes", lambda _: None))

    host.plugins.quarantine("recipes")
    answer = client.get("/recipes/")

    assert answer.status_code == 404
    assert "This page belongs to the plugin &#39;recipes&#39;, which is quarantined." in answer.text


def test_a_page_that_a_blueprint_puts_beside_its_own_is_not_found_either(opened: Open) -> None:
    host, client = opened(
        bringing("recipes", lambda blueprint: blueprint.record(lambda s: s.app.add_url_rule("/b", "b", lambda: "b")))
    )
    assert client.get("/b").text == "b"

    host.plugins.disable("recipes")

    assert client.get("/b").status_code == 404
    assert client.get("/").status_code == 200


def test_pages_of_nested_blueprints_and_their_files_are_not_found_either(opened: Open) -> None:
    def nest(blueprint: flask.Blueprint) -> None:
        inner = flask.Blueprint("inner", __name__, static_folder=".", static_url_path="/static", url_prefix="/inner")
        inner.add_url_rule("/", view_func=lambda: "inner")
        blueprint.register_blueprint(inner)

    host, client = opened(bringing("outer", nest))
    pages = ["/outer/inner/", "/outer/inner/static/conftest.py"]
    assert [client.get(page, buffered=True).status_code for page in pages] == [200, 200]

    host.plugins.disable("outer")

    assert [client.get(page).status_code for page in pages] == [404, 404]


# -- order ------------------------------------------------------------------------------------------------------------


def said(client: FlaskClient) -> list[str]:
    """Return what the hooks before a request say, in their order."""
    return client.get("/").headers.getlist("X-Said")


def saying(word: str) -> Callable[[], None]:
    def say() -> None:
        flask.g.setdefault("said", []).append(word)

    return say


@pytest.fixture
def talking(app: flask.Flask) -> flask.Flask:
    @app.after_request
    def tell(response: flask.Response) -> flask.Response:
        for word in flask.g.get("said", []):
            response.headers.add("X-Said", word)
        return response

    app.before_request(saying("application first"))
    return app


def test_hooks_are_put_back_in_their_old_place(talking: flask.Flask, opened: Open) -> None:
    one, two, three = (
        bringing(name, lambda blueprint, name=name: blueprint.before_app_request(saying(name)))  # type: ignore[misc]
        for name in ("one", "two", "three")
    )
    host, client = opened(one, two, three)
    talking.before_request(saying("application last"))
    everything = ["application first", "one", "two", "three", "application last"]
    assert said(client) == everything

    host.plugins.disable("two")
    host.plugins.disable("one")
    assert said(client) == ["application first", "three", "application last"]
    host.plugins.enable("two")
    assert said(client) == ["application first", "two", "three", "application last"]
    host.plugins.enable("one")

    assert said(client) == everything


def test_what_the_application_adds_and_removes_meanwhile_is_kept(talking: flask.Flask, opened: Open) -> None:
    host, client = opened(bringing("one", lambda blueprint: blueprint.before_app_request(saying("one"))))
    first = talking.before_request_funcs[None][1]
    host.plugins.disable("one")

    talking.before_request(saying("later"))
    talking.before_request_funcs[None].remove(first)
    host.plugins.enable("one")
    assert said(client) == ["one", "later"]
    host.plugins.disable("one")

    assert said(client) == ["later"]


def test_a_function_that_two_plugins_share_runs_for_the_one_that_is_on(talking: flask.Flask, opened: Open) -> None:
    shared = saying("shared")
    one, two = (bringing(name, lambda blueprint: blueprint.before_app_request(shared)) for name in ("one", "two"))
    host, client = opened(one, two)

    host.plugins.disable("one")
    assert said(client) == ["application first", "shared"]
    host.plugins.disable("two")

    assert said(client) == ["application first"]


def test_an_error_handler_that_was_covered_is_back_while_the_plugin_is_off(app: flask.Flask, opened: Open) -> None:
    app.register_error_handler(404, lambda _: ("application's", 404))
    one, two = (
        bringing(name, lambda blueprint, name=name: blueprint.app_errorhandler(404)(lambda _: (name, 404)))  # type: ignore[misc]
        for name in ("one", "two")
    )
    host, client = opened(one, two)

    def answer() -> str:
        return client.get("/nowhere").text

    assert answer() == "two"
    host.plugins.disable("one")
    assert answer() == "two"
    host.plugins.disable("two")
    assert answer() == "application's"
    host.plugins.enable("one")
    assert answer() == "one"
    host.plugins.enable("two")
    assert answer() == "two"


def test_a_request_under_way_goes_on_with_what_it_has_found(talking: flask.Flask, opened: Open) -> None:
    begun, go_on = Event(), Event()

    def wait() -> None:
        begun.set()
        assert go_on.wait(60)

    def fill(blueprint: flask.Blueprint) -> None:
        blueprint.before_app_request(wait)
        blueprint.before_app_request(saying("two"))

    host, client = opened(bringing("one", fill))
    talking.before_request(saying("application last"))
    heard: list[str] = []
    under_way = Thread(target=lambda: heard.extend(said(client)))
    under_way.start()
    assert begun.wait(60)

    host.plugins.disable("one")
    go_on.set()
    under_way.join()

    assert heard == ["application first", "two", "application last"]
    assert said(talking.test_client()) == ["application first", "application last"]


# -- what stays -------------------------------------------------------------------------------------------------------


def test_what_stays_while_a_plugin_is_off_is_listed(app: flask.Flask, opened: Open) -> None:
    def wrap(_: BlueprintSetupState) -> None:
        app.wsgi_app = app.wsgi_app  # type: ignore[method-assign]

    def fill(blueprint: flask.Blueprint) -> None:
        blueprint.add_app_template_filter(str.upper, "loud")
        blueprint.add_app_template_global(str, "written")
        blueprint.add_app_template_test(str.isupper, "loud")
        blueprint.cli.command("import")(lambda: None)
        blueprint.record(wrap)

    host, _ = opened(bringing("lasting", fill), bringing("plain", lambda _: None))

    assert sorted(host.plugins.get("lasting").lasting) == [
        "the WSGI application around all pages",
        "the command 'lasting'",
        "the template filter 'loud'",
        "the template global 'written'",
        "the template test 'loud'",
    ]
    assert host.plugins.get("plain").lasting == ()
    host.plugins.disable("lasting")
    assert app.jinja_env.filters["loud"] is str.upper


def test_registering_settles_no_options_of_the_application_s_templates(app: flask.Flask, opened: Open) -> None:
    opened(bringing("plain", lambda _: None))

    app.jinja_options = {"trim_blocks": True}

    assert app.jinja_env.trim_blocks


def test_a_closed_host_leaves_nothing_of_its_plugins_in_the_application(opened: Open) -> None:
    hooks = Hooks()
    host, client = opened(bringing("hooks", hooks))

    host.close()
    hooks.ran.clear()

    assert use_everything(client) == [200, 404, 500, 404, 404]
    assert hooks.ran == []


def test_a_plugin_that_fails_when_it_is_tried_again_leaves_nothing_in_the_application(opened: Open) -> None:
    ran: list[str] = []

    class Moody(bringing("moody", lambda blueprint: blueprint.before_app_request(lambda: ran.append("moody")))):  # type: ignore[misc]
        requires: tuple[str, ...] = ()

    host, client = opened(Moody)
    host.plugins.disable("moody")
    host.plugins.manager._plugins.find("moody").requires = ("nothing",)

    with pytest.raises(PluginError, match="it requires 'nothing'"):
        host.plugins.enable("moody")
    client.get("/")

    assert ran == []


# -- what the code of a plugin puts in, without a blueprint -------------------------------------------------------


class Hooking(Plugin):
    """Puts hooks into the application when it is enabled."""

    implements(IPluginBootstrap)
    name = "hooking"

    def bootstrap(self) -> None:
        app = flask.current_app
        app.before_request(saying("hooked"))
        app.errorhandler(LookupError)(lambda error: "hooked error")
        app.add_url_rule("/hooked", "hooked", lambda: "hooked page")
        app.template_filter("hooked")(str)


def test_hooks_of_a_bootstrap_are_out_while_the_plugin_is_off(talking: flask.Flask, opened: Open) -> None:
    host, client = opened(Hooking, bringing("pages", lambda blueprint: blueprint.before_app_request(saying("pages"))))
    on = (said(client), client.get("/fail").text, client.get("/hooked").status_code)

    host.plugins.quarantine("hooking")
    suspended = (said(client), client.get("/fail").status_code, client.get("/hooked").status_code)
    host.plugins.enable("hooking")
    again = (said(client), client.get("/fail").text, client.get("/hooked").status_code)
    host.plugins.disable("hooking")
    off = (said(client), client.get("/fail").status_code, client.get("/hooked").status_code)

    assert on == again == (["application first", "hooked", "pages"], "hooked error", 200)
    assert suspended == off == (["application first", "pages"], 500, 404)
    assert "This page belongs to the plugin &#39;hooking&#39;, which is disabled." in client.get("/hooked").text
    assert host.plugins.get("hooking").lasting == ("the template filter 'hooked'",)


def test_a_bootstrap_that_cannot_put_its_hooks_in_again_fails_and_leaves_none(opened: Open) -> None:
    host, client = opened(Hooking)
    client.get("/hooked")
    host.plugins.disable("hooking")

    # Flask takes nothing more once it has answered.
    with pytest.raises(PluginError, match=r"failed at bootstrap: AssertionError: The setup method"):
        host.plugins.enable("hooking")

    assert client.get("/fail").status_code == 500


def test_hooks_of_a_generator_bootstrap_are_gone_with_it(talking: flask.Flask, opened: Open) -> None:
    class Generating(Plugin):
        implements(IPluginBootstrap)
        name = "generating"

        def bootstrap(self) -> Iterator[None]:
            flask.current_app.before_request(saying("generated"))
            yield

    host, client = opened(Generating)
    on = said(client)
    host.plugins.disable("generating")

    assert (on, said(client)) == (["application first", "generated"], ["application first"])


def test_a_bootstrap_that_enables_another_plugin_owns_only_its_own_hooks(
    talking: flask.Flask, make_host: MakeHost
) -> None:
    class Other(Plugin):
        implements(IPluginBootstrap)
        name = "other"

        def bootstrap(self) -> None:
            flask.current_app.before_request(saying("other"))

    class Enabling(Plugin):
        implements(IPluginBootstrap)
        name = "enabling"

        def bootstrap(self) -> None:
            flask.current_app.before_request(saying("one"))
            host.know(Other)
            host.plugins.enable("other")
            flask.current_app.before_request(saying("two"))

    host = make_host(plugins=[Enabling])
    host.init_app(talking)
    client = talking.test_client()
    both = said(client)
    host.plugins.disable("other")
    one = said(client)
    host.plugins.disable("enabling")

    assert (both, one, said(client)) == (
        ["application first", "one", "other", "two"],
        ["application first", "one", "two"],
        ["application first"],
    )
