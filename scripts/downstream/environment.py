"""Makes the environment that the tests run in, and unpacks the source distributions that they are in."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.downstream.suites import SUITES

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements" / "downstream.txt"
_HOME: Final = ROOT / ".cache" / "downstream"


class Environment:
    """What one lock and one Python give: made once, below `.cache`."""

    def __init__(self) -> None:
        version = "{}.{}".format(*sys.version_info)
        digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
        self._home: Final = _HOME / f"python{version}-{digest}"
        folder = "Scripts" if sys.platform == "win32" else "bin"
        self.python: Final = str(self._home / "venv" / folder / "python")

    def make(self) -> None:
        """Install and download what is locked, unless that is done."""
        done = self._home / "done"
        if done.exists():
            return
        shutil.rmtree(self._home, ignore_errors=True)
        self._install()
        self._download()
        done.touch()

    def tests_of(self, suite: str) -> Path:
        """Return the folder of a suite's unpacked source distribution."""
        [folder] = (self._home / "sources" / suite).iterdir()
        return folder

    def _install(self) -> None:
        uv = Path(sys.executable).with_name("uv")
        venv = self._home / "venv"
        _run(uv, "--quiet", "venv", "--python", sys.executable, venv)
        _run(uv, "--quiet", "pip", "sync", "--python", self.python, "--require-hashes", LOCK)

    def _download(self) -> None:
        """Fetch the source distributions themselves: what is installed came from wheels, which have no tests."""
        wanted = self._home / "sources.txt"
        wanted.write_text("\n".join(map(locked, (suite.distribution for suite in SUITES.values()))), encoding="utf-8")
        archives = self._home / "archives"
        _run(
            *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", self.python),
            # Their metadata is built by the locked packages just installed: nothing unlocked is fetched.
            *("download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"),
            *("--require-hashes", "--requirement", wanted, "--dest", archives),
        )
        for name, suite in SUITES.items():
            [archive] = (each for each in archives.iterdir() if each.name.lower().startswith(f"{suite.distribution}-"))
            shutil.unpack_archive(archive, self._home / "sources" / name)


def locked(distribution: str) -> str:
    """Return the entry of one distribution in the lock, hashes and all."""
    entries = LOCK.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    [entry] = (entry for entry in entries if entry.startswith(f"{distribution}=="))
    return entry


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True)
