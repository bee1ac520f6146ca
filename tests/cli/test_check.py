"""`portico check`: what is wrong with the plugins of an application, for CI."""

from pathlib import Path

import pytest

from tests.cli.applications import FLASK_APPLICATION, read_json, run, write, write_plugins

HOST = """
from pathlib import Path
from portico import Portico

host = Portico(plugins=["broken", "listning", "gone", "fine"], plugin_folder=Path("plugins"))
"""
PLUGINS = {
    "broken": """
from portico import IPluginBootstrap, Plugin, implements

class Broken(Plugin):
    implements(IPluginBootstrap)
    def bootstrap(self):
        raise LookupError("no such\\nqueue")
""",
    "listning": """
from portico import ISignal, Plugin, core, implements

class Listening(Plugin):
    implements(ISignal)
    name = "listning"
    def get_signal_subscriptions(self):
        return {core.signal("user_crated"): [print]}
""",
    "fine": """
from portico import IPluginBootstrap, Plugin, implements

class Fine(Plugin):
    implements(IPluginBootstrap)
    def bootstrap(self):
        print("started")
        yield
        print("stopped")
""",
}
FINE = PLUGINS["fine"].replace('        yield\n        print("stopped")\n', "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, site_host=HOST, **{f"plugins/{name}": text for name, text in (PLUGINS | {"fine": FINE}).items()})
    return tmp_path


def test_everything_that_is_wrong_is_listed_and_exits_with_1(folder: Path) -> None:
    finished = run(folder, "--app", "site_host:host", "check")

    problems = finished.stdout.splitlines()
    assert finished.returncode == 1
    assert len(problems) == 3, finished.stdout
    assert "no plugin is called 'gone'" in problems[0]
    assert problems[1] == "plugin 'broken' failed at bootstrap: LookupError: no such queue"
    assert problems[2].startswith("plugin 'listning' listens for core:user_crated, which nobody declares; did you mean")
    assert "3 problems; 2 plugins are enabled." in finished.stderr


def test_programs_get_the_list_too(folder: Path) -> None:
    finished = run(folder, "--app", "site_host:host", "check", "--json")

    assert finished.returncode == 1
    content = read_json(finished)
    assert len(content["problems"]) == 3
    assert content["enabled"] == 2


@pytest.mark.parametrize("opens", ["", "host.open()\n"])
def test_an_application_that_starts_strictly_is_listed_in_the_same_way(folder: Path, opens: str) -> None:
    as_it_is = run(folder, "--app", "site_host:host", "check")
    write(folder, site_host=HOST.replace("Portico(", "Portico(strict=True, ") + opens)

    finished = run(folder, "--app", "site_host:host", "check")

    assert (finished.returncode, finished.stdout) == (1, as_it_is.stdout)
    assert "3 problems; 0 plugins are enabled." in finished.stderr


def test_an_application_that_starts_strictly_is_looked_at_all_the_same(folder: Path) -> None:
    write(folder, site_host=HOST.replace("Portico(", "Portico(strict=True, ") + "host.open()\n")

    assert run(folder, "--app", "site_host:host", "plugins", "list").returncode == 0


def test_an_application_without_problems_exits_with_0_and_its_plugins_print_no_data(folder: Path) -> None:
    write(folder, site_host=HOST.replace('"broken", "listning", "gone", ', ""))

    finished = run(folder, "--app", "site_host:host", "check")

    assert (finished.returncode, finished.stdout) == (0, "")
    assert "started" in finished.stderr


def test_a_plugin_that_is_wanted_by_hand_and_not_installed_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, shop=FLASK_APPLICATION)
    write_plugins(tmp_path)
    assert run(tmp_path, "--app", "shop", "plugins", "enable", "moody").returncode == 0
    (tmp_path / "plugins" / "moody.py").unlink()

    finished = run(tmp_path, "--app", "shop", "check")

    assert finished.returncode == 1
    assert "no plugin is called 'moody'" in finished.stdout


def test_an_application_that_refuses_to_start_is_the_problem(tmp_path: Path) -> None:
    write(tmp_path, shop="from portico import PluginError\nraise PluginError('two things:\\n- one\\n- two')\n")

    finished = run(tmp_path, "--app", "shop", "check")

    assert (finished.returncode, finished.stderr) == (1, "Error: two things:\n- one\n- two\n")
