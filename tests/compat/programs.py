"""Runs programs in processes of their own, as what they import they import for good."""

import subprocess
import sys
import textwrap
from pathlib import Path


def run(folder: Path, *parts: str) -> str:
    """Run the parts as one program in a folder, with warnings as errors; return what it prints."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(map(textwrap.dedent, parts))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
