"""What `--app` can name, and what is said where it cannot be used."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.applications import PORTICO, environment, read_json, run, write

SHOP = """
import flask
from portico import Portico

def create_app(name="shop", *, debug=False):
    app = flask.Flask(name)
    Portico(plugins=["wanted_by_" + name]).init_app(app)
    return app

def create_host():
    return Portico(plugins=["wanted_by_host"])

async def create_later():
    return create_host()

def needing(name, /, *, size):
    return create_host()

class Middleware:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

class Site:
    host = create_host()

app = create_app()
wrapped = Middleware(Middleware(app))
bare = flask.Flask("bare")
number = 3

def wsgi(environ, start_response):
    return []

async def asgi(scope, receive, send):
    return None

def failing():
    raise OSError("no\\ndisk")

def refusing():
    from portico import ConfigurationError
    raise ConfigurationError("cannot start: set SHOP_KEY")

def leaving():
    raise SystemExit(3)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, shop=SHOP)
    return tmp_path


def missing(folder: Path, *arguments: str, **env: str) -> str:
    """The one plugin that is wanted and not installed, by which an application is known."""
    finished = run(folder, *arguments, "plugins", "list", "--json", **env)
    assert finished.returncode == 0, finished.stderr
    (found,) = [each["name"] for each in read_json(finished)["plugins"] if each["state"] == "missing"]
    assert isinstance(found, str)
    return found.removeprefix("wanted_by_")


@pytest.mark.parametrize(
    ("app", "found"),
    [
        ("shop", "shop"),
        ("shop:app", "shop"),
        ("shop:wrapped", "shop"),
        ("shop:create_app", "shop"),
        ("shop:create_app()", "shop"),
        ("shop:create_app('other', debug=True)", "other"),
        ("shop:create_host", "host"),
        ("shop:create_host()", "host"),
        ("shop:Site.host", "host"),
        ("shop.py:Site.host", "host"),
        ("./shop.py:app", "shop"),
    ],
)
def test_an_application_is_named_as_it_is_for_flask_and_uvicorn(folder: Path, app: str, found: str) -> None:
    assert missing(folder, "--app", app) == found


@pytest.mark.parametrize(
    ("app", "says"),
    [
        ("shp:app", "there is no module 'shp'; did you mean 'shop'?"),
        ("xyz.abc:app", "there is no module 'xyz.abc'; it is neither installed nor in "),
        ("shop.wsgi:app", "there is no module 'shop.wsgi'"),
        ("../shop:app", "there is no file "),
        ("my shop:app", "'my shop' is no name of a module"),
        (":app", "'' is no name of a module"),
        ("shop:ap", "'shop' has no 'ap'; did you mean 'app'?"),
        ("shop:Site.hots", "'shop' has no 'Site.hots'; did you mean 'host'?"),
        ("shop:app[0]", "cannot understand 'app[0]'"),
        ("shop:create_app(number)", "cannot understand 'create_app(number)'"),
        ("shop:create_app(", "cannot understand 'create_app('"),
        (
            "shop:number",
            "'shop:number' (--app) is of the type int; name a Portico, a Flask, ASGI or Django application",
        ),
        ("shop:flask", "is of the type module; name a Portico"),
        ("shop:Site", "is of the type shop.Site; name a Portico"),
        ("shop:Middleware", "needs arguments: app; write them: shop:Middleware(...)"),
        ("shop:needing", "needs arguments: name, size; write them: shop:needing(...)"),
        ("shop:create_later", "is a coroutine function; name a plain function"),
        ("shop:bare", "the application 'shop:bare' (--app), of the type flask.app.Flask, has no host; call Portico"),
        ("shop:wsgi", "has no host; call Portico(...).init_app(app)"),
        ("shop:asgi", "has no host; call Portico(...).init_app(app)"),
        ("shop:failing", "cannot make the application 'shop:failing' (--app): OSError: no disk; add --debug"),
        ("shop:failing()", "cannot make the application 'shop:failing()' (--app): OSError: no disk; add --debug"),
        ("shop:leaving", "cannot make the application 'shop:leaving' (--app): SystemExit: 3; add --debug"),
        ("shop:refusing", "Error: cannot start: set SHOP_KEY"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(folder: Path, app: str, says: str) -> None:
    finished = run(folder, "--app", app, "plugins", "list")

    assert (finished.returncode, finished.stdout) == (1, "")
    assert says in finished.stderr
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (
            "import not_installed",
            "cannot import 'broken' for the application 'broken:app' (--app): ModuleNotFoundError:",
        ),
        ("1 / 0", "ZeroDivisionError: division by zero; add --debug for the traceback"),
        ("def app(:", "SyntaxError: invalid syntax; add --debug"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
    ],
)
def test_a_module_that_cannot_be_imported_is_one_line_and_a_traceback_where_it_is_asked_for(
    folder: Path, module: str, says: str
) -> None:
    write(folder, broken=module)

    plain = run(folder, "--app", "broken:app", "plugins", "list")
    at_length = run(folder, "--app", "broken:app", "--debug", "plugins", "list")

    assert (plain.returncode, at_length.returncode) == (1, 1)
    assert says in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "Traceback" in at_length.stderr
    assert at_length.stderr.endswith(plain.stderr)


def test_a_module_of_which_nothing_is_known_is_told_what_was_looked_for(folder: Path) -> None:
    write(folder, empty="")

    said = run(folder, "--app", "empty", "plugins", "list").stderr

    assert "'empty' has neither of app, application, host, portico, create_app, make_app, make_host" in said


def test_the_one_application_of_a_module_is_found_whatever_it_is_called(folder: Path) -> None:
    write(folder, only="from shop import app as site\n")

    assert missing(folder, "--app", "only") == "shop"


def test_a_file_is_imported_as_the_module_that_it_is(folder: Path) -> None:
    write(folder / "src" / "store", __init__="", web="from store.parts import app\n", parts="from shop import app\n")

    assert missing(folder, "--app", "src/store/web.py:app") == "shop"


def test_a_file_whose_name_is_taken_is_told_so(folder: Path) -> None:
    write(folder, json="app = 1\n")

    said = run(folder, "--app", "json.py:app", "plugins", "list").stderr

    assert "the module 'json' is " in said
    assert "rename the file" in said


def test_a_script_that_ends_with_running_itself_does_not(folder: Path) -> None:
    write(folder, script="from shop import app\napp.run(port=0)\n")

    assert missing(folder, "--app", "script") == "shop"


def test_the_surroundings_name_it_too(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()

    assert missing(folder, PORTICO_APP="shop:create_host") == "host"
    assert missing(folder, FLASK_APP="shop:create_app('flask')") == "flask"
    (folder / "pyproject.toml").write_text("[tool.portico]\napp = \"shop:create_app('project')\"\n")
    assert missing(below) == "project"


DJANGO_SETTINGS = """
from django.apps import AppConfig
from portico import Portico

SECRET_KEY = "k"
USE_TZ = True
INSTALLED_APPS = ["settings.Shop"]


class Shop(AppConfig):
    name = "shop_of_django"

    def ready(self):
        Portico(plugins=["wanted_by_django"]).open()
"""


def test_a_django_project_is_named_by_its_settings_or_its_application(folder: Path) -> None:
    write(
        folder,
        settings=DJANGO_SETTINGS,
        shop_of_django="",
        wsgi="from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    )

    assert missing(folder, DJANGO_SETTINGS_MODULE="settings") == "django"
    assert missing(folder, "--app", "wsgi", DJANGO_SETTINGS_MODULE="settings") == "django"


def test_a_django_project_that_cannot_be_loaded_or_has_no_host_is_told_so(folder: Path) -> None:
    write(folder, bare_settings="SECRET_KEY = 'k'\nUSE_TZ = True\n")

    gone = run(folder, "plugins", "list", DJANGO_SETTINGS_MODULE="gone")
    bare = run(folder, "plugins", "list", DJANGO_SETTINGS_MODULE="bare_settings")

    assert (gone.returncode, bare.returncode) == (1, 1)
    assert "cannot load the Django project 'gone' (DJANGO_SETTINGS_MODULE): ModuleNotFoundError" in gone.stderr
    assert "has no host" in bare.stderr


def test_where_none_is_named_the_command_was_called_wrongly(folder: Path) -> None:
    finished = run(folder, "plugins", "list")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Error: no application is named; name one in one of these ways:\n  portico --app" in finished.stderr


@pytest.mark.parametrize("command", [["plugins", "list"], ["check"]])
def test_an_interrupt_while_it_is_loaded_is_130_and_no_traceback(folder: Path, command: list[str]) -> None:
    write(folder, slow="import threading\nprint('importing', flush=True)\nthreading.Event().wait(50)\n")
    with subprocess.Popen(
        [PORTICO, "--app", "slow", *command], cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said.strip()) == (130, "")


def test_what_an_application_prints_is_no_data(folder: Path) -> None:
    write(folder, loud="print('loud')\nfrom shop import app\n")

    finished = run(folder, "--app", "loud", "plugins", "list", "--json")

    assert read_json(finished)
    assert "loud" in finished.stderr
