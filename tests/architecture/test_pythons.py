import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts.pythons import debian
from scripts.pythons.versions import CLAIMED, OLDEST, TRIED, libraries, library_tests

_ROOT = Path(__file__).parents[2]
_CLASSIFIER = "Programming Language :: Python :: 3."


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """What the distribution says of itself."""
    with (_ROOT / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    return project


def test_the_classifiers_name_the_versions_that_are_tested_and_no_other(project: dict[str, Any]) -> None:
    named = [line.rpartition(" ")[2] for line in project["classifiers"] if line.startswith(_CLASSIFIER)]

    assert named == list(CLAIMED)
    assert set(CLAIMED) <= set(TRIED)


def test_the_oldest_version_is_the_one_that_the_distribution_requires(project: dict[str, Any]) -> None:
    assert project["requires-python"] == f">={CLAIMED[0]}"


@pytest.mark.parametrize("page", ["README.md", "docs/reference/pythons.md"])
def test_the_documentation_names_the_versions_that_are_tested(page: str) -> None:
    *most, last = CLAIMED

    assert f"CPython {', '.join(most)} and {last}" in (_ROOT / page).read_text(encoding="utf-8")


def test_the_working_environment_can_be_made_with_each_of_them() -> None:
    script = (_ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")

    names = " ".join(f"python{version}" for version in reversed(CLAIMED))

    assert f"for name in python3 {names}; do" in script


def test_a_debian_is_known_for_no_version_that_is_not_tried() -> None:
    assert set(debian.SUITES) <= set(TRIED)


@pytest.mark.parametrize("version", TRIED)
def test_every_python_runs_the_tests_of_every_room_and_the_oldest_those_of_the_command_line_too(version: str) -> None:
    run = {Path(each).stem.removeprefix("test_") for each in library_tests(version)}

    assert {"signals", "plugins", "host", "sources", "compat", "builtin", "actions", "adapters", "console"} < run
    assert {"toolkit", "transactions", "testing", "errors"} < run
    assert run.isdisjoint({"docs", "examples", "typing"})
    assert ("cli" in run) is (version == OLDEST)


def test_the_oldest_python_has_the_oldest_libraries() -> None:
    assert [libraries(version) for version in TRIED] == ["oldest", *["newest"] * (len(TRIED) - 1)]
