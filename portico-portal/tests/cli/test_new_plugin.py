import subprocess
import sys
from pathlib import Path

from tests.examples.installing import install, run_its_tests
from tests.journeys.served_process import ServedProcess

PORTICO = Path(sys.executable).with_name("portico")


def test_a_new_plugin_is_installed_tested_and_enabled_as_it_was_written(tmp_path: Path) -> None:
    written = subprocess.run(
        [PORTICO, "plugins", "new", "my_plugin"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    environment = install(tmp_path / "my-plugin", tmp_path / "installed")

    tested = run_its_tests(tmp_path / "my-plugin", environment)
    with ServedProcess(tmp_path, PORTICO_PLUGINS="my_plugin", **environment) as portal:
        portal.create_admin("ada")
        portal.sign_in("ada")
        enabled = portal.plugin("my_plugin")

    assert written.returncode == 0, written.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 passed" in tested.stdout
    assert (enabled["state"], enabled["version"]) == ("enabled", "0.1.0")
    assert [each["signal"] for each in enabled["subscriptions"]] == ["core:user_created"]
