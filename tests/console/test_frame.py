import re
from typing import Any

import pytest
from flask import Blueprint, Flask, abort
from jinja2 import DictLoader, StrictUndefined

from portico import Portico
from portico.console import create_console
from portico.errors import ConfigurationError
from tests.console.conftest import Broken, Greeter, StartBare, Tripping
from tests.console.foreign import create_shop
from tests.console.visiting import press, text_of

LIST = "/console/plugins"
PLAIN = "<title>{% block title %}{% endblock %}</title><body>{% block content %}{% endblock %}</body>"
IN_THE_SHOP = {"layout": "base.html", "title_block": "head_title", "content_block": "body"}


def with_layout(text: str, **more: str) -> Flask:
    app = Flask("bare")
    app.secret_key = "k" * 32
    app.testing = True
    app.jinja_loader = DictLoader({"base.html": text, **more})
    return app


def test_the_pages_stand_in_the_blocks_of_the_applications_layout(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=create_shop(), **IN_THE_SHOP)

    page = app.test_client().get(f"{LIST}/Greeter")

    assert "<title>Greeter · Plugins | Müllers Laden</title>" in page.text
    assert page.text.index("<main>") < page.text.index('id="portico-console"') < page.text.index("</main>")
    assert page.text.count("<html") == page.text.count("<body") == 1


def test_the_layout_keeps_its_own_names(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=create_shop(), **IN_THE_SHOP)

    text = text_of(app.test_client().get(LIST))

    assert "⚒ Müllers Laden" in text
    assert "Regale, Kasse" in text


def test_title_and_content_are_the_blocks_unless_others_are_named(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=with_layout(PLAIN), layout="base.html")

    assert "<title>Plugins</title>" in app.test_client().get(LIST).text


@pytest.mark.parametrize("title_block", [None, "title"])
def test_a_layout_may_have_no_block_for_the_title(start_bare: StartBare, title_block: str | None) -> None:
    layout = "<title>All</title>{% block content %}{% endblock %}"
    app = start_bare(Greeter, app=with_layout(layout), layout="base.html", title_block=title_block)

    assert "Greets &lt;everybody&gt;" in app.test_client().get(LIST).text


def test_a_layout_of_a_layout_will_do(start_bare: StartBare) -> None:
    inner = '{% extends "root.html" %}{% block content %}<i>{% block inner %}{% endblock %}</i>{% endblock %}'
    app = start_bare(Greeter, app=with_layout(inner, **{"root.html": PLAIN}), layout="base.html", content_block="inner")

    page = app.test_client().get(LIST).text

    assert "<title>Plugins</title>" in page
    assert "Greets" in page.partition("<i>")[2]


def test_what_the_application_has_made_of_its_templates_changes_nothing(start_bare: StartBare) -> None:
    app = with_layout("<title>[% block title %][% endblock %]</title>[% block content %][% endblock %]")
    app.jinja_options = {
        "block_start_string": "[%",
        "block_end_string": "%]",
        "variable_start_string": "[[",
        "variable_end_string": "]]",
        "undefined": StrictUndefined,
        "autoescape": False,
    }
    app.jinja_env.globals.clear()
    app.jinja_env.filters.clear()
    start_bare(Greeter, Broken, app=app, layout="base.html")
    client = app.test_client()

    page = client.get(LIST).text

    assert "<title>Plugins</title>" in page
    assert "Greets &lt;everybody&gt;" in page
    assert "<everybody>" not in page + client.get(f"{LIST}/%3Ceverybody%3E").text


def test_a_block_that_is_not_there_is_named_with_those_that_are(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=with_layout(PLAIN), layout="base.html", content_block="body")

    with pytest.raises(ConfigurationError, match=r"'base.html' shows no block 'body': .*\(it has: title, content\)"):
        app.test_client().get(LIST)


def test_a_layout_that_is_not_there_is_named(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=with_layout(PLAIN), layout="bare.html")

    with pytest.raises(ConfigurationError, match=r"no template 'bare\.html' for the console"):
        app.test_client().get(LIST)


def test_what_a_layout_itself_misses_is_not_put_down_to_the_console(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=with_layout('{% include "nav.html" %}' + PLAIN), layout="base.html")

    with pytest.raises(Exception, match=r"^nav\.html$"):
        app.test_client().get(LIST)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"authorise": None}, "authorise=None"),
        ({"content_block": "main content"}, "content_block='main content'"),
        ({"content_block": ""}, "content_block=''"),
        ({"title_block": "%}"}, "title_block='%}'"),
        ({"title_block": "content"}, "'content' for both"),
        ({"home": "javascript:alert(1)"}, "home='javascript:alert"),
        ({"home": ""}, "home=''"),
    ],
)
def test_what_cannot_be_used_is_refused_when_the_console_is_made(options: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"authorise": lambda: None, "layout": "base.html"} | options

    with pytest.raises(ConfigurationError, match=re.escape(message)):
        create_console(**given)


@pytest.mark.parametrize("home", ["goods", "/", "https://shop.example.org/"])
def test_a_link_leads_back_to_the_application(start_bare: StartBare, home: str) -> None:
    app = start_bare(Greeter, app=create_shop(), home=home, **IN_THE_SHOP)
    address = "/" if home == "goods" else home

    for page in (LIST, f"{LIST}/Greeter", f"{LIST}/Greeter/disable", f"{LIST}/nothing"):
        assert re.search(rf'href="{address}">\s*<svg.*?</svg>Back to the application', app.test_client().get(page).text)


def test_a_layout_has_its_own_way_home_unless_one_is_named(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=create_shop(), **IN_THE_SHOP)

    assert "Back to the application" not in app.test_client().get(LIST).text


def test_the_frame_of_its_own_leads_to_the_first_page_of_the_application(start_bare: StartBare) -> None:
    client = start_bare(Greeter).test_client()

    page = client.get(LIST, environ_overrides={"SCRIPT_NAME": "/shop"})

    assert 'href="/shop/">Back to the application' in page.text


def test_a_way_home_that_leads_nowhere_is_named(start_bare: StartBare) -> None:
    app = create_shop()
    app.testing = True
    start_bare(Greeter, app=app, home="god", **IN_THE_SHOP)

    with pytest.raises(ConfigurationError, match="no endpoint 'god'"):
        app.test_client().get(LIST)


def test_it_may_be_registered_under_another_name_beside_a_blueprint_called_console(start_bare: StartBare) -> None:
    app = create_shop()
    app.register_blueprint(Blueprint("console", __name__), url_prefix="/other")
    start_bare(Tripping, Greeter, app=app, name="operators", **IN_THE_SHOP)
    client = app.test_client()

    page = press(client, LIST, f"{LIST}/Greeter/disable")

    assert "Greeter is disabled." in text_of(page)
    assert client.get("/console/static/console.css", buffered=True).status_code == 200


def test_it_may_stand_inside_another_blueprint() -> None:
    app = create_shop()
    admin = Blueprint("admin", __name__, url_prefix="/admin")
    admin.register_blueprint(create_console(authorise=lambda: None, **IN_THE_SHOP), url_prefix="/console")
    app.register_blueprint(admin)
    with Portico(plugins=[Greeter]) as host:
        host.close()
        host.init_app(app)

        page = press(app.test_client(), "/admin/console/plugins", "/admin/console/plugins/Greeter/disable")

    assert "Greeter is disabled." in text_of(page)


def test_what_the_application_wants_to_say_to_the_visitor_is_left_to_it(start_bare: StartBare) -> None:
    alone, shop = start_bare(Greeter), create_shop()
    with (client := alone.test_client()).session_transaction() as session:
        session["_flashes"] = [("message", "<b>Thanks</b>")]

    assert "Thanks" not in client.get(LIST).text
    start_bare(Greeter, app=shop, **IN_THE_SHOP)
    visitor = shop.test_client()
    visitor.get("/buy")
    page = press(visitor, LIST, f"{LIST}/Greeter/disable").text
    assert "<b>Danke</b>" not in page  # The page with the button has shown it.
    assert 'class="alert"' not in page


def test_the_frame_of_its_own_allows_nothing_inline_and_nothing_from_elsewhere(start_bare: StartBare) -> None:
    page = start_bare(Greeter).test_client().get(LIST)

    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_the_headers_of_the_application_stay_its_own(start_bare: StartBare) -> None:
    app = start_bare(Greeter, app=create_shop(), **IN_THE_SHOP)

    assert "frame-ancestors" not in app.test_client().get(LIST).headers["Content-Security-Policy"]


def test_every_name_on_a_page_is_its_own(start_bare: StartBare) -> None:
    client = start_bare(Greeter, Broken, Tripping).test_client()
    pages = [LIST, *(f"{LIST}/{name}" for name in ("Greeter", "Broken", "Tripping")), f"{LIST}/Greeter/disable"]
    style = client.get("/console/static/console.css", buffered=True).text

    html = "".join(client.get(page).text for page in pages)
    classes = {name for names in re.findall(r'class="([^"]*)"', html) for name in names.split()}
    ids = set(re.findall(r' id="([^"]*)"', html))

    assert {name for name in classes | ids if not name.startswith("portico-")} == set()
    selectors = set(re.findall(r"\.([a-z][a-z-]*)[^;{}]*\{", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)))
    assert {name for name in selectors if not name.startswith("portico-")} == set()


def test_a_host_that_was_never_opened_is_missed_by_name() -> None:
    app = Flask("bare")
    app.testing = True
    app.register_blueprint(create_console(authorise=lambda: None), url_prefix="/console")

    with pytest.raises(ConfigurationError, match=r"init_app\(app\)"):
        app.test_client().get(f"{LIST}.json")


def test_whoever_authorises_may_be_a_coroutine(start_bare: StartBare) -> None:
    async def refuse() -> None:
        abort(403)

    async def let_in() -> None:
        pass

    assert start_bare(Greeter, authorise=refuse).test_client().get(LIST).status_code == 403
    assert start_bare(Greeter, authorise=let_in).test_client().get(LIST).status_code == 200


@pytest.mark.parametrize("answer", [True, False])
def test_yes_and_no_are_no_answers_and_let_nobody_in(start_bare: StartBare, answer: bool) -> None:
    app = start_bare(Greeter, authorise=lambda: answer)
    app.testing = True

    with pytest.raises(ConfigurationError, match=f"authorise returned {answer}"):
        app.test_client().get(LIST)
