import re
from pathlib import Path

import pytest

from tests.docs.references import ROOT, Reference, broken_in

_PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_MODULES = sorted(
    module
    for folder in ("src", "portico-portal/src", "scripts", "benchmarks", "tests", "portico-portal/tests", "examples")
    for module in (ROOT / folder).rglob("*.py")
    if "build" not in module.parts and module.name != "test_references.py"
)


def write(folder: Path, name: str, *lines: str) -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("file", [*_PAGES, *_MODULES], ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_file_refers_to_is_there(file: Path) -> None:
    assert broken_in(file) == []


def test_a_page_that_names_what_is_gone_is_found_with_its_line(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        "page.md",
        "`portico.signals.Signal.send` and `src/portico/signals/*.py` and [this](page.md#part) are there,",
        "`portico.signals.Signal.emit`, `portico.gone` and `src/portico/gone.py`,",
        "and [that](gone.md) are not.",
    )

    assert broken_in(page) == [
        Reference(2, "src/portico/gone.py"),
        Reference(2, "portico.signals.Signal.emit"),
        Reference(2, "portico.gone"),
        Reference(3, "gone.md"),
    ]


def test_the_docstrings_and_comments_of_a_module_are_looked_at_and_its_code_is_not(tmp_path: Path) -> None:
    module = write(
        tmp_path,
        "module.py",
        "class A:",
        '    """Does',
        '    what `portico.gone` did."""',
        '    b = "portico.missing"  # As tests/gone.py says.',
        '    """See `portico.lost`."""',
    )

    assert broken_in(module) == [
        Reference(3, "portico.gone"),
        Reference(4, "tests/gone.py"),
        Reference(5, "portico.lost"),
    ]


def test_the_list_of_decisions_has_each_by_its_title() -> None:
    decisions = ROOT / "docs" / "decisions"
    listed = re.findall(r"^- \[(\d{4})\]\((.+?)\) (.+)$", (decisions / "README.md").read_text("utf-8"), re.MULTILINE)

    titles = {
        page.name: page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        for page in sorted(decisions.glob("0*.md"))
    }

    assert {name: f"{number} {title}" for number, name, title in listed} == titles
    assert [number for number, _, _ in listed] == sorted(number for number, _, _ in listed)
