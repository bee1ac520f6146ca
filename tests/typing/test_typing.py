"""Two type checkers, the same verdict: what is declared is what can be sent, and who can receive it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCEPTED, REFUSED = (Path(__file__).with_name(name) for name in ("accepted.py", "refused.py"))

Lines = set[int]


def refused_by_mypy(path: Path) -> Lines:
    """Return the lines in which mypy, as strict as it gets, finds errors."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--output=json", str(path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode in {0, 1}, finished.stderr
    findings = [json.loads(line) for line in finished.stdout.splitlines()]
    return {finding["line"] for finding in findings if finding["severity"] == "error"}


def refused_by_pyright(path: Path) -> Lines:
    """Return the lines in which pyright finds errors."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", str(path)]
    # The first run fetches the pinned pyright from the npm registry, to where nothing is versioned.
    environment = os.environ | {"PYRIGHT_PYTHON_CACHE_DIR": str(ROOT / ".cache" / "pyright")}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode in {0, 1}, finished.stderr or finished.stdout
    found = json.loads(finished.stdout[finished.stdout.index("{") :])["generalDiagnostics"]
    return {finding["range"]["start"]["line"] + 1 for finding in found if finding["severity"] == "error"}


def marked(path: Path) -> Lines:
    """Return the lines that say they are refused."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if re.search(r"# refused$", line)}


@pytest.mark.parametrize("refused_by", [refused_by_mypy, refused_by_pyright])
def test_the_right_forms_are_accepted(refused_by: Callable[[Path], Lines]) -> None:
    assert refused_by(ACCEPTED) == set()


@pytest.mark.parametrize("refused_by", [refused_by_mypy, refused_by_pyright])
def test_each_mistake_is_an_error_in_its_line_and_nothing_else_is(refused_by: Callable[[Path], Lines]) -> None:
    assert refused_by(REFUSED) == marked(REFUSED)
    assert len(marked(REFUSED)) > 15
