"""Installs a distribution as its user does, into a folder of its own, without a package index."""

import os
import subprocess
import sys
from pathlib import Path

PIP_INSTALL = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
PIP_INSTALL += ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]


def install(distribution: Path, target: Path) -> dict[str, str]:
    """Build and install what lies in a folder; return the environment in which it is importable and found."""
    subprocess.run(
        [*PIP_INSTALL, "--target", str(target), str(distribution)],
        check=True,
        capture_output=True,
    )
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(target)}


def run_its_tests(distribution: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run its own tests, against what was installed: the folder itself is not importable."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=distribution,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
