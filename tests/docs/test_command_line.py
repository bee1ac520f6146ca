"""The pages of the command line: what one says is typed as it stands there, and the other leaves nothing out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from portico.cli import cli
from tests.architecture.environments import ROOT
from tests.docs.following import follow

HOW_TO = ROOT / "docs" / "how-to" / "manage-plugins-from-the-command-line.md"
REFERENCE = ROOT / "docs" / "reference" / "command-line.md"


def test_a_reader_who_types_what_the_page_says_sees_what_it_says(tmp_path: Path) -> None:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    wrong = list(follow(HOW_TO.read_text(encoding="utf-8"), tmp_path, environment))

    assert wrong == [], "".join(wrong)


def commands(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


@pytest.mark.parametrize(("words", "command"), [*commands(cli, "portico"), ("portico", cli)])
def test_the_reference_names_every_command_and_option(words: str, command: click.Command) -> None:
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith((f"| `{words} ", f"| `{words}`"))]
    where = "\n".join(told if command is not cli else lines)
    options = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]

    assert command is cli or len(told) == 1
    assert [name for name in options if name.startswith("--") and name != "--json" and name not in where] == []
