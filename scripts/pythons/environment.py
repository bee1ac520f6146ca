"""Makes the virtual environment of an interpreter, with the locked packages and an editable Portico."""

import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from scripts.pythons.interpreter import Interpreter
from scripts.pythons.running import UV, Commands
from scripts.pythons.versions import CACHE, ROOT

# Wheels only: what is built here would need a compiler, and another one for each Debian.
_LOCKED: Final = ("--only-binary", ":all:", "--require-hashes", "--requirement")
# Read by sh first: a line that names an interpreter has room for a short path without blanks only.
_PROGRAM: Final = """\
#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
import sys
from {module} import {attr}
sys.exit({attr}())
"""


def make(interpreter: Interpreter, lock: str, commands: Commands) -> Path:
    """Return the Python of a new environment with the packages of that lock in `requirements`.

    Raises:
        FailedError: the packages cannot be had for this version.
    """
    folder = CACHE / interpreter.version
    log = folder / "environment.log"
    venv = folder / "venv"
    new = interpreter.command(UV, "venv", "--offline", "--no-project", "--clear", "--python", interpreter.path, venv)
    commands.check(new, log)
    install = [UV, "pip", "install", "--link-mode", "copy", *_where(interpreter, venv)]
    commands.check([*install, *_LOCKED, ROOT / "requirements" / f"{lock}.txt"], log)
    # Built here in any case, by the locked hatchling of the working environment.
    build: list[str | Path] = ["--python", sys.executable, "--target", _packages(venv), "--no-build-isolation"]
    commands.check([UV, "pip", "install", *build, "--no-deps", "--editable", "."], log)
    add_programs(_packages(venv), venv / "bin" / "python")
    return venv / "bin" / "python"


def add_programs(packages: Path, python: Path) -> None:
    """Write the programs of the packages in a folder beside the Python that runs them, where they are not there yet.

    What is installed into a folder has its programs in that folder, and they start the Python that installed it.
    """
    for distribution in distributions(path=[str(packages)]):
        for entry in distribution.entry_points.select(group="console_scripts"):
            program = python.with_name(entry.name)
            if not program.exists():
                text = _PROGRAM.format(python=python, module=entry.module, attr=entry.attr)
                program.write_text(text, encoding="utf-8")
                program.chmod(0o755)


def _where(interpreter: Interpreter, venv: Path) -> list[str | Path]:
    """Return the options that have uv install into an environment, whether or not its Python starts out here."""
    if interpreter.root is None:
        return ["--python", venv / "bin" / "python"]
    # So that the package index is reached as the machine reaches it, and nothing of that is carried into the Debian.
    return ["--python", sys.executable, "--python-version", interpreter.version, "--target", _packages(venv)]


def _packages(venv: Path) -> Path:
    (packages,) = venv.glob("lib/python3*/site-packages")
    return packages
