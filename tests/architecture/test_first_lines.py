"""The first line of a module says what the module does: `head -1 src/portico/plugins/*.py` is a table of contents."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.environments import ROOT

_FOLDERS = ["src", "portico-portal/src", "scripts", "benchmarks", "tests", "portico-portal/tests", "examples"]
_MODULES = [
    module
    for folder in _FOLDERS
    for module in sorted((ROOT / folder).rglob("*.py"))
    # A test is named by what it tests; the package of all CKAN extensions is the same in each of them.
    if not module.name.startswith("test_") and module.parent.name != "ckanext" and "build" not in module.parts
]
# "Sends", "Connects, ...": a verb comes first, and none of these is one.
_VERB = re.compile(r"(?!Is |As |Has |This |Its |Classes |Signals |Plugins )[A-Z][a-z-]*s\b")


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_the_first_line_of_a_module_says_what_it_does(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""

    first, _, rest = docstring.partition("\n")

    assert _VERB.match(first), f"it begins with {first!r}; begin with what the module does"
    assert first.endswith((".", "`")), "it is one whole sentence, on one line"
    assert not rest or rest.startswith("\n")
