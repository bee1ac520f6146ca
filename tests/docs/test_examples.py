import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import examples

_ROOT = Path(__file__).parents[2]
# Followed as a whole, with their files and commands: tutorials in test_tutorials.py, this one in test_command_line.py.
_FOLLOWED = "manage-plugins-from-the-command-line.md"
_PAGES = [
    _ROOT / "README.md",
    *sorted(
        page for page in (_ROOT / "docs").rglob("*.md") if page.parent.name != "tutorials" and page.name != _FOLLOWED
    ),
]


def run(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-P", examples.__file__, page],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, *lines: str) -> Path:
    page = folder / "page.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    finished = run(page, tmp_path)

    assert finished.returncode == 0, finished.stderr


def test_the_blocks_of_a_page_are_one_program(tmp_path: Path) -> None:
    page = write(tmp_path, "```python", "a = 1", "```", "then", "```python", "print(a)", "```", "```text", "1", "```")

    assert run(page, tmp_path).returncode == 0


def test_an_example_that_raises_is_named_with_its_line(tmp_path: Path) -> None:
    page = write(tmp_path, "# Title", "", "```python", "a = 1", "1 / 0", "```")

    finished = run(page, tmp_path)

    assert finished.returncode == 1
    assert "page.md:4: the example fails" in finished.stderr
    assert 'page.md", line 5' in finished.stderr


@pytest.mark.parametrize("language", ["text", "output"])
def test_output_that_differs_in_a_blank_is_named(tmp_path: Path, language: str) -> None:
    page = write(tmp_path, "```python", "print('a  b')", "```", "prints", f"```{language}", "a b", "```")

    finished = run(page, tmp_path)

    assert finished.returncode == 1
    assert "-a b\n+a  b" in finished.stderr


def test_a_block_of_another_language_is_not_run(tmp_path: Path) -> None:
    page = write(tmp_path, "```console", "$ no such command", "```", "```", "neither this", "```")

    assert run(page, tmp_path).returncode == 0


def test_output_belongs_to_the_block_right_before_it(tmp_path: Path) -> None:
    page = write(tmp_path, "```python", "print(1)", "```", "```console", "$ ls", "```", "```text", "a file", "```")

    assert run(page, tmp_path).returncode == 0


def test_an_example_in_a_list_is_run(tmp_path: Path) -> None:
    page = write(
        tmp_path, "- item", "  ```python", "  for a in [1]:", "      print(a)", "  ```", "  ```text", "  1", "  ```"
    )

    assert run(page, tmp_path).returncode == 0
    assert [example.line for example in examples.examples_of(page.read_text(encoding="utf-8"))] == [3]


def test_a_warning_fails_an_example(tmp_path: Path) -> None:
    page = write(tmp_path, "```python", "import warnings", "warnings.warn('old')", "```")

    assert run(page, tmp_path).returncode == 1
