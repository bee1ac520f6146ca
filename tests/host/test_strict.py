"""A strict host: what is wrong with the plugins that are to be at work ends the start."""

import logging
from collections.abc import Mapping
from importlib import invalidate_caches
from itertools import count
from pathlib import Path
from typing import Any

import flask
import pytest

from portico import IPluginBootstrap, ISignal, Namespace, Plugin, Portico, core, implements
from portico.errors import StartError
from portico.plugins import IBlueprint
from tests.host.conftest import MakeHost

_numbers = count()


class Failing(Plugin):
    implements(IPluginBootstrap)
    name = "failing"

    def bootstrap(self) -> None:
        raise LookupError("no")


class Listening(Plugin):
    implements(ISignal)
    name = "listening"

    def get_signal_subscriptions(self) -> Any:
        return {Namespace("core").signal("user_creatd"): [lambda sender, **_: None]}


class Fine(Plugin):
    implements(ISignal)
    name = "fine"

    def get_signal_subscriptions(self) -> Any:
        return {core.signal("user_created"): [lambda sender, **_: None]}


def test_all_that_is_wrong_is_said_at_once_and_nothing_stays_open(make_host: MakeHost) -> None:
    host = make_host(plugins=[Fine, Failing, Listening, "fin"], strict=True)
    logging.getLogger("portico").setLevel(logging.CRITICAL)

    with pytest.raises(StartError) as caught:
        host.open()

    logging.getLogger("portico").setLevel(logging.NOTSET)
    assert caught.value.problems == (
        "no plugin is called 'fin'; did you mean 'fine'?",
        "plugin 'failing' failed at bootstrap: LookupError: no",
        "plugin 'listening' listens for core:user_creatd, which nobody declares; did you mean core:user_created?",
    )
    assert "the host is strict and did not open; mend this first:\n  no plugin is called 'fin'" in str(caught.value)
    assert not host.is_open
    assert [each for each in core.signal("user_created").subscriptions if each.owner == "fine"] == []


def test_a_host_without_problems_opens_and_one_that_is_not_strict_only_tells(make_host: MakeHost) -> None:
    with make_host(plugins=[Fine], strict=True) as host:
        assert host.problems() == []
    with make_host(plugins=[Fine, Listening]) as host:
        assert [problem.partition(" listens")[0] for problem in host.problems()] == ["plugin 'listening'"]


def test_pages_that_cannot_be_registered_end_a_strict_start(make_host: MakeHost) -> None:
    class Pages(Plugin):
        implements(IBlueprint)
        name = "pages"

        def get_blueprint(self) -> Any:
            return [flask.Blueprint("same", __name__), flask.Blueprint("same", __name__)]

    app = flask.Flask(__name__)
    host = make_host(plugins=[Pages], strict=True)

    with pytest.raises(StartError, match="plugin 'pages' failed at blueprint: ValueError"):
        host.init_app(app)

    assert not host.is_open
    assert "portico" not in app.extensions
    # The host takes no more part in what the application does.
    assert app.test_client().get("/").status_code == 404


# -- modules that nobody imports ----------------------------------------------------------------------------------

PLUGIN = """
from portico import IPluginBootstrap, Plugin, implements
class Shop(Plugin):
    implements(IPluginBootstrap)
    def bootstrap(self):
        {bootstrap}
"""
CONNECTS = """
from portico import Namespace
from functools import partial
happened = Namespace({name!r}).signal("happened")
def hear(sender, **_): ...
{connecting}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write an installed plugin, of which one module may connect something; return its name."""

    def write(files: Mapping[str, str], bootstrap: str = "pass") -> str:
        name = f"strict_shop_{next(_numbers)}"
        folder = tmp_path / name
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[portico.plugins]\n{name} = {name}.plugin:Shop\n")
        sources = {"__init__.py": "", "plugin.py": PLUGIN.format(bootstrap=bootstrap.format(name=name)), **files}
        for path, source in sources.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        invalidate_caches()
        return name

    return write


def listener(connecting: str) -> str:
    return CONNECTS.format(name=f"strict-{next(_numbers)}", connecting=connecting)


def problems_of(name: str) -> list[str]:
    with Portico(plugins=[name]) as host:
        return [problem for problem in host.problems() if "nobody imports" in problem]


@pytest.mark.parametrize(
    "connecting",
    [
        "happened.connect(hear)",
        "happened.connect(lambda sender, **_: None)",
        "if True:\n    happened.connect(hear)",
        "try:\n    pass\nexcept ImportError:\n    happened.connect(hear)",
        "@happened.connect\ndef other(sender, **_): ...",
        "@happened.connect_via('eu')\ndef other(sender, **_): ...",
        "receiver = partial\n@receiver(happened)\ndef other(sender, **_): ...",
    ],
)
def test_a_module_with_receivers_that_nobody_imports_is_a_problem(package: Any, connecting: str) -> None:
    name = package({"listeners.py": listener(connecting), "deep/__init__.py": "", "deep/more.py": listener(connecting)})

    modules = (f"{name}.deep.more", f"{name}.listeners")
    assert problems_of(name) == [
        f"plugin {name!r} has receivers in {module}, which nobody imports; import it in the plugin's own module"
        for module in modules
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"database.py": "import sqlite3\n\ndef open_it(address):\n    sqlite3.connect(address)\n"},
        {"database.py": "import sqlite3\naddress = ':memory:'\nsqlite3.connect(address)\nsqlite3.connect('x')\n"},
        {"late.py": listener("def connect():\n    happened.connect(hear)")},
        {"tests/test_it.py": listener("happened.connect(hear)"), "conftest.py": listener("happened.connect(hear)")},
        {"broken.py": "def ("},
        {"nul.py": "\0"},
        {"latin.py": "# caf\xe9\nname.connect("},
    ],
)
def test_what_connects_nothing_when_it_is_imported_is_none(package: Any, files: Mapping[str, str]) -> None:
    assert problems_of(package(files)) == []


def test_one_that_the_plugin_imports_is_none(package: Any) -> None:
    name = package({"listeners.py": listener("happened.connect(hear)")}, bootstrap="import {name}.listeners")

    assert problems_of(name) == []
