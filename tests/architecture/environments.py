"""Builds the wheels of the working tree, and makes environments that hold nothing but what they are given."""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PRODUCTS = {"portico_signals": ROOT, "portico_portal": ROOT / "portico-portal"}
"""The folder of each distribution, by the name that its wheel begins with."""


def build_wheel(product: str, folder: Path) -> Path:
    """Build one of `PRODUCTS` into a folder, with the locked hatchling, and return the wheel."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=PRODUCTS[product],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (built,) = folder.glob(f"{product}-*.whl")
    return built


def files_in(wheel: Path) -> set[str]:
    """Return the names of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


_UV = [str(Path(sys.executable).with_name("uv")), "--offline"]


class Environment:
    """A new virtual environment without any package, and without a way to the index."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        subprocess.run([*_UV, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)

    def install(self, wheel: Path, extra: str = "") -> None:
        """Install a wheel, with an extra; whatever it needs for that has to be there already."""
        into = ["--python", str(self.bin / "python"), "--no-index"]
        subprocess.run([*_UV, "pip", "install", "--quiet", *into, f"{wheel}{extra}"], check=True)

    def copy(self, *names: str) -> None:
        """Copy these packages from the working environment, with all that they require, as an index would."""
        (packages,) = self.bin.parent.glob("lib/python3*/site-packages")
        for found in _with_requirements(names):
            for file in found.files or ():
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    (packages / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(found.locate_file(file)), packages / file)

    def run(self, *command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command that is installed in it, or a program of Python with `python -c`."""
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=cwd,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )


def _with_requirements(names: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = distribution(name)
            needed = map(Requirement, found[name].requires or ())
            wanted += [each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    return list(found.values())
