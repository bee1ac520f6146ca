"""Builds the wheels of the working tree, and makes environments that hold nothing but what they are given."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PRODUCTS = {"portico_signals": ROOT, "portico_portal": ROOT / "portico-portal"}
"""The folder of each distribution, by the name that its wheel begins with."""

_UV = [str(Path(sys.executable).with_name("uv")), "--offline"]


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


def wheels_of_installed(folder: Path, *names: str) -> None:
    """Make wheels of packages of the working environment, and of all that they require: a small index of its own."""
    for found in _with_requirements(names):
        wheel = folder / f"{found.name.replace('-', '_')}-{found.version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for file in found.files or ():
                # Commands lie outside, and are made anew when it is installed.
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    archive.write(str(found.locate_file(file)), file.as_posix())


class Environment:
    """A new virtual environment without any package, and without a way to the index."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        subprocess.run([*_UV, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)

    def install(self, wheel: Path, extra: str = "") -> None:
        """Install a wheel, with an extra; what it needs for that is taken from the folder of the wheel."""
        self.install_packages(wheel.parent, f"{wheel}{extra}")

    def install_packages(self, index: Path, *packages: str) -> None:
        """Install packages, and what they need, from a folder of wheels."""
        into = ["--python", str(self.bin / "python"), "--no-index", "--find-links", str(index)]
        subprocess.run([*_UV, "pip", "install", "--quiet", *into, *packages], check=True)

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command that is installed in it."""
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=cwd,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}"},
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
