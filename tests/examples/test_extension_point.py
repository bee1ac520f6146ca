"""Runs the example of an application whose menu is extended by plugins."""

import subprocess
import sys
from pathlib import Path

MENU = Path(__file__).parents[2] / "examples" / "extension_point" / "app.py"


def test_the_menu_has_the_items_of_enabled_plugins() -> None:
    done = subprocess.run([sys.executable, str(MENU)], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "Home | Recipes | Shopping list\nHome\n"
