"""Names the packages that the lock of the oldest libraries holds at their floors, as options of uv."""

import re
import sys
import tomllib
from typing import Any, Final

from scripts.pythons.versions import ROOT

_NAME: Final = re.compile(r"[\w.-]+")


def requirements(project: dict[str, Any]) -> list[str]:
    """Return what the library's extras and its tests require, as pyproject.toml says it."""
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"]
    return [each for listed in (*extras, groups["build"], groups["library-test"]) for each in listed]


def options(project: dict[str, Any]) -> list[str]:
    """Return options that have uv choose these packages anew: it would keep what is locked when a floor was lowered."""
    names = {found[0] for each in requirements(project) if (found := _NAME.match(each))}
    return [f"--upgrade-package={name}" for name in sorted(names)]


if __name__ == "__main__":
    with (ROOT / "pyproject.toml").open("rb") as file:
        sys.stdout.write("\n".join(options(tomllib.load(file))))
