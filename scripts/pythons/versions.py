"""Names the Pythons that Portico is tested on, and the libraries and the tests that run there."""

from pathlib import Path
from typing import Final, Literal

ROOT: Final = Path(__file__).resolve().parents[2]
"""Of the repository."""
CACHE: Final = ROOT / ".cache" / "pythons"
"""One folder for each version, with all that is made for it."""

CLAIMED: Final = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""What the classifiers and the documentation name, too."""
TRIED: Final = (*CLAIMED, "3.14t")
"""And the free-threaded build, which is tested where there is one and not claimed."""

OLDEST: Final = CLAIMED[0]
"""It has the oldest libraries too; all others have the newest, as the working environment has."""

_APPLICATIONS: Final = {"cli"}


def libraries(version: str) -> Literal["oldest", "newest"]:
    """Return which libraries the tests of a version run with."""
    return "oldest" if version == OLDEST else "newest"


def library_tests(version: str) -> list[str]:
    """Return where the tests are of every room that others build on.

    That is all but the command line, whose own libraries are tested where they are the oldest.
    """
    rooms = {path.stem for path in (ROOT / "src" / "portico").iterdir()}
    if version != OLDEST:
        rooms -= _APPLICATIONS
    mirrors = (path for path in (ROOT / "tests").iterdir() if path.stem.removeprefix("test_") in rooms)
    # And what importing it costs, which each version has its own idea of.
    return ["tests/architecture/test_root.py", *sorted(f"tests/{path.name}" for path in mirrors)]
