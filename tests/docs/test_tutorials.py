import os
import sys
from pathlib import Path

import pytest

from tests.architecture.environments import ROOT, build_wheel, wheels_of_installed
from tests.docs.following import Command, File, follow, steps_of


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels: Portico's, built from the working tree, and all that its reader may install with it."""
    folder = tmp_path_factory.mktemp("index")
    build_wheel("portico_signals", folder)
    wheels_of_installed(folder, "click", "rich", "pytest", "hatchling", "editables")
    return folder


@pytest.fixture
def reader(tmp_path: Path, index: Path) -> dict[str, str]:
    """The environment of somebody who has Python, and whose index is that folder."""
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    index_only = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}
    return index_only | {"PATH": f"{commands}:/usr/bin:/bin", "HOME": str(tmp_path)}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "tutorials").glob("*.md")), ids=lambda page: page.name)
def test_a_reader_who_follows_a_tutorial_word_for_word_gets_what_it_says(
    page: Path, reader: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()

    wrong = list(follow(page.read_text(encoding="utf-8"), folder, reader))

    assert wrong == [], "".join(wrong)


PAGE = """
Put this into a file `made.py`:

```python
print("made")
```

```console
$ cd .
$ python3 made.py
{prints}
$ exit_code() { return 0; }; exit_code
```
"""


def test_files_and_commands_are_told_apart() -> None:
    assert list(steps_of(PAGE.replace("{prints}", "made"))) == [
        File("made.py", 'print("made")\n'),
        Command("cd .", ""),
        Command("python3 made.py", "made\n"),
        Command("exit_code() { return 0; }; exit_code", ""),
    ]


@pytest.mark.parametrize("prints", ["made", "ma..."])
def test_a_page_that_is_right_is_followed_to_its_end(reader: dict[str, str], tmp_path: Path, prints: str) -> None:
    assert list(follow(PAGE.replace("{prints}", prints), tmp_path, reader)) == []


def test_other_output_is_named_with_its_command(reader: dict[str, str], tmp_path: Path) -> None:
    (wrong,) = follow(PAGE.replace("{prints}", "mad"), tmp_path, reader)

    assert wrong.startswith("`python3 made.py` printed something else:")


def test_a_command_that_fails_is_named_and_nothing_after_it_is_typed(reader: dict[str, str], tmp_path: Path) -> None:
    (wrong,) = follow("```console\n$ ls nowhere\n$ touch later\n```\n", tmp_path, reader)

    assert wrong.startswith("`ls nowhere` ended with 2:")
    assert not (tmp_path / "later").exists()


def test_a_block_that_is_no_whole_file_is_refused() -> None:
    with pytest.raises(ValueError, match="the reader is not told what to do with: a = 1"):
        list(steps_of("Do something with this:\n\n```python\na = 1\n```\n"))
