import subprocess
from pathlib import Path

import pytest

from tests.examples.installing import install, run_its_tests
from tests.journeys.served_process import PORTICO, ServedProcess

EXAMPLE = Path(__file__).parents[2] / "examples" / "ckanext-quality"

# Another extension, that hears what this one says, by name.
LISTENER = """
import ckan.plugins as p
import ckan.plugins.toolkit as tk

class ListenerPlugin(p.SingletonPlugin):
    p.implements(p.ISignal)

    def get_signal_subscriptions(self):
        return {tk.signals.ckanext.signal("quality:scored"): [self.note]}

    @staticmethod
    def note(sender, id, score, missing):
        with open("scores.txt", "a") as file:
            print(sender, id, score, *missing, file=file)
"""


SETTINGS = """
ckan_extensions = true
plugins = ["listener", "quality"]

[ckan_config]
"ckanext.quality.user_fields" = "full_name email"
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The one in which the example is installed."""
    return install(EXAMPLE, tmp_path_factory.mktemp("quality"))


def test_its_own_tests_pass(environment: dict[str, str]) -> None:
    finished = run_its_tests(EXAMPLE, environment)

    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_it_hears_the_actions_of_a_portal_and_is_switched_like_any_plugin(
    environment: dict[str, str], tmp_path: Path
) -> None:
    package = tmp_path / "listener"
    package.mkdir()
    (package / "listening.py").write_text(LISTENER)
    (package / "listener-1.dist-info").mkdir()
    (package / "listener-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: listener\nVersion: 1\n")
    (package / "listener-1.dist-info" / "entry_points.txt").write_text(
        "[ckan.plugins]\nlistener = listening:ListenerPlugin\n"
    )
    given = environment | {
        "PYTHONPATH": f"{environment['PYTHONPATH']}:{package}",
        "PORTICO_SECRET_KEY": "k" * 32,
    }
    (tmp_path / "portico.toml").write_text(SETTINGS)

    with ServedProcess(tmp_path, **given) as portal:
        portal.create_admin("ada")
        portal.sign_in("ada")
        plugin = portal.plugin("quality")
        portal.post("/account", "/account", full_name="Ada Keller")
        switched = subprocess.run(
            [PORTICO, "plugins", "disable", "quality", "--yes"],
            cwd=tmp_path,
            env=given,
            capture_output=True,
            check=True,
        )
        disabled = portal.plugin("quality")

    assert (plugin["state"], plugin["version"]) == ("enabled", "0.1.0")
    assert (tmp_path / "scores.txt").read_text().splitlines() == [
        "user 1 0.5 full_name",
        "user 1 1.0",
    ]
    assert b"quality is to be disabled" in switched.stderr
    assert disabled["state"] == "disabled"


def test_it_imports_nothing_of_portico() -> None:
    sources = [path.read_text() for path in (EXAMPLE / "ckanext").rglob("*.py")]

    assert sources
    assert not any("portico" in source for source in sources)
