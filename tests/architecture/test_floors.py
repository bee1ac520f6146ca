import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts.pythons.floors import options, requirements
from tests.architecture.environments import ROOT

_LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
_ROW = re.compile(r"^\| (\S+) \| ([\d.]+) \| .+ \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """What the distribution says of itself."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def floor_of(requirement: Requirement) -> str:
    """Return the version from which on a package is good enough."""
    (floor,) = (each.version for each in requirement.specifier if each.operator == ">=")
    return floor


def test_the_floor_of_each_requirement_is_the_version_that_the_oldest_python_has(project: dict[str, Any]) -> None:
    locked = dict(_LOCKED.findall((ROOT / "requirements" / "floors.txt").read_text(encoding="utf-8")))

    floors = [(each.name, Version(floor_of(each))) for each in map(Requirement, requirements(project))]

    assert {name for name, _ in floors} >= {
        "flask",
        "sqlalchemy",
        "click",
        "django",
        "starlette",
        "pytest",
        "hatchling",
    }
    assert floors == [(name, Version(locked[name])) for name, _ in floors]


def test_the_documentation_names_the_floor_of_each_library_of_an_extra(project: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "reference" / "pythons.md").read_text(encoding="utf-8")
    extras = project["project"]["optional-dependencies"].values()

    floors = {each.name: floor_of(each) for listed in extras for each in map(Requirement, listed)}

    assert {name.lower(): floor for name, floor in _ROW.findall(page)} == floors


def test_a_floor_that_was_lowered_is_locked_anew(project: dict[str, Any]) -> None:
    names = {Requirement(each).name for each in requirements(project)}

    assert options(project) == [f"--upgrade-package={name}" for name in sorted(names)]
