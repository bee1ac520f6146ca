"""Makes the virtual environment of an interpreter, with the locked packages and an editable Portico."""

import sys
from pathlib import Path
from typing import Final

from scripts.pythons.interpreter import Interpreter
from scripts.pythons.running import UV, Commands
from scripts.pythons.versions import CACHE, ROOT

# Wheels only: what is built here would need a compiler, and another one for each Debian.
_LOCKED: Final = ("--only-binary", ":all:", "--require-hashes", "--requirement")


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
    return venv / "bin" / "python"


def _where(interpreter: Interpreter, venv: Path) -> list[str | Path]:
    """Return the options that have uv install into an environment, whether or not its Python starts out here."""
    if interpreter.root is None:
        return ["--python", venv / "bin" / "python"]
    # So that the package index is reached as the machine reaches it, and nothing of that is carried into the Debian.
    return ["--python", sys.executable, "--python-version", interpreter.version, "--target", _packages(venv)]


def _packages(venv: Path) -> Path:
    (packages,) = venv.glob("lib/python3*/site-packages")
    return packages
