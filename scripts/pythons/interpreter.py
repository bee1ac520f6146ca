"""Finds an interpreter of a version: on the path, with pyenv, with uv, or in a Debian of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.pythons import debian
from scripts.pythons.running import UV, Commands, Say
from scripts.pythons.versions import CACHE

# What it calls itself; a free-threaded 3.14 is a "3.14t".
_ASK: Final = """
import platform, sys, sysconfig
free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(platform.python_implementation(), "%d.%d%s" % (*sys.version_info[:2], free), platform.python_version())
"""


class NotHadError(Exception):
    """There is no interpreter of this version; the message says where it was looked for."""


@dataclass(frozen=True)
class Interpreter:
    """A CPython that starts."""

    version: str
    """As asked for: `"3.14"`."""
    release: str
    """All of it: `"3.14.2"`."""
    path: str
    origin: str
    root: Path | None = None
    """The Debian that it lives in, where that is not the machine's own."""

    def command(self, *command: str | Path) -> list[str]:
        """Return the command line that runs `command` where this interpreter lives."""
        line = [str(part) for part in command]
        return line if self.root is None else debian.entering(self.root, line)


def find(version: str, commands: Commands, say: Say) -> Interpreter:
    """Return the first interpreter of this version that starts; a Debian is made where nothing else is found.

    Raises:
        NotHadError: there is none.
    """
    for path, origin in (*_on_path(version), *_of_pyenv(version), *_of_uv(version)):
        if release := _release([path], version):
            return Interpreter(version, release, path, origin)
    try:
        root = debian.made(version, CACHE / version / "root", commands, say)
    except debian.CannotBeMadeError as error:
        msg = f"not on the path, nor with pyenv or uv; {error}"
        raise NotHadError(msg) from None
    path = f"/usr/bin/python{version}"
    release = _release(debian.entering(root, [path]), version)
    if not release:
        msg = f"Debian's {path} does not start in {root}; run `make clean` and try again"
        raise NotHadError(msg)
    return Interpreter(version, release, path, f"Debian {debian.SUITES[version]}", root)


def _release(command: list[str], version: str) -> str:
    """Return the release of an interpreter, empty when it does not start or is another one than asked for."""
    try:
        asked = subprocess.run([*command, "-c", _ASK], capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return ""
    told = asked.stdout.split()
    # The shim of pyenv is there for each version that any project uses, and exits with 127 where it is not chosen.
    return told[2] if asked.returncode == 0 and told[:2] == ["CPython", version] else ""


def _on_path(version: str) -> Iterator[tuple[str, str]]:
    for folder in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=folder):
            yield found, "path"


def _of_pyenv(version: str) -> Iterator[tuple[str, str]]:
    if shutil.which("pyenv"):
        installed = _lines(["pyenv", "versions", "--bare"])
        for name in reversed(installed):
            if name.startswith(f"{version.removesuffix('t')}.") and name.endswith("t") == version.endswith("t"):
                for prefix in _lines(["pyenv", "prefix", name]):
                    yield f"{prefix}/bin/python{version}", "pyenv"


def _of_uv(version: str) -> Iterator[tuple[str, str]]:
    for found in _lines([str(UV), "python", "find", "--managed-python", "--no-python-downloads", version]):
        yield found, "uv"


def _lines(command: list[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
