"""Names the Pythons that Portico is tested on."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""Of the repository."""
CACHE: Final = ROOT / ".cache" / "pythons"
"""One folder for each version, with all that is made for it."""

CLAIMED: Final = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""What the classifiers and the documentation name, too."""
TRIED: Final = (*CLAIMED, "3.14t")
"""And the free-threaded build, which is tested where there is one and not claimed."""

LIBRARY_TESTS: Final = tuple(
    f"tests/{name}"
    for name in (
        "architecture/test_root.py",
        "builtin",
        "compat",
        "console",
        "host",
        "observe",
        "plugins",
        "signals",
        "sources",
        "test_toolkit.py",
        "testing",
    )
)
"""The tests of everything but the portal and the command line: the rooms that others build on."""
