from pathlib import Path

import pytest

from tests.examples.installing import install, run_its_tests
from tests.journeys.served_process import ServedProcess

EXAMPLE = Path(__file__).parents[2] / "examples" / "portico-login-guard"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The one in which the example is installed."""
    return install(EXAMPLE, tmp_path_factory.mktemp("login-guard"))


def test_its_own_tests_pass(environment: dict[str, str]) -> None:
    finished = run_its_tests(EXAMPLE, environment)

    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_it_hears_the_failed_sign_ins_of_a_portal_and_stands_in_its_listing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    given = {"PORTICO_PLUGINS": "login_guard", "LOGIN_GUARD_FAILURES": "2"}

    with ServedProcess(tmp_path, **environment, **given) as portal:
        portal.create_admin("ada")
        portal.sign_in("ada")
        plugin = portal.plugin("login_guard")

    assert (plugin["state"], plugin["version"]) == ("enabled", "0.1.0")
    assert {each["signal"] for each in plugin["subscriptions"]} == {"core:failed_login", "core:user_logged_in"}


def test_a_setting_that_cannot_be_used_stands_in_the_listing_and_the_portal_goes_on(
    environment: dict[str, str], tmp_path: Path
) -> None:
    given = {"PORTICO_PLUGINS": "login_guard", "LOGIN_GUARD_SECONDS": "soon"}

    with ServedProcess(tmp_path, **environment, **given) as portal:
        portal.create_admin("ada")
        portal.sign_in("ada")
        plugin = portal.plugin("login_guard")

    assert plugin["state"] == "failed"
    assert plugin["failure"]["error"].endswith("LOGIN_GUARD_SECONDS is 'soon'; use a number of 1 or more")
