"""Prints what commands found: tables on a terminal, plain lines in a pipe; messages go to standard error."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from portico.cli.terminal import can_print_all
from portico.signals import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


class Styled(NamedTuple):
    """A text, and the style in which rich shows it where there are styles."""

    text: str
    style: str


Cell = str | Styled


def say(message: str) -> None:
    """Print a message, whole, on standard error; what was printed before comes before it where both are one."""
    sys.stdout.flush()
    # Not `click.echo`: it takes a terminal of seven bits for one that can print everything.
    sys.stderr.write(message + "\n")


def print_json(content: Any) -> None:
    """Print data for programs: one document, in every encoding."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=not can_print_all(sys.stdout)) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print one line for each text."""
    for line in lines:
        _write(one_line(line))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print a line for each row under one of titles.

    Where there is no colour, cells are parted by a tab and nothing is padded, cut or broken. Texts are shown as they
    are, without anything that a terminal would act upon.
    """
    if is_plain():
        for row in (titles, *rows):
            _write("\t".join(map(_plain, row)).rstrip())
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles[:-1]:
        table.add_column(title, no_wrap=True)
    table.add_column(titles[-1], overflow="fold", ratio=1)
    for row in rows:
        table.add_row(*map(_shown, row))
    _out().print(table)


def print_facts(facts: Iterable[tuple[str, Cell]]) -> None:
    """Print a line for each fact that is known; one of several lines stays one of several."""
    known = [(label, value) for label, value in facts if _text(value)]
    if is_plain():
        for label, value in known:
            for line in _text(value).splitlines():
                _write(f"{label}\t{one_line(line)}")
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in known:
        table.add_row(label, _shown(value))
    _out().print(table)


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """Say that something goes on, as long as it does, to somebody who looks at a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(message, spinner="line"):
        yield


def is_plain() -> bool:
    """Tell whether standard output is to get text and nothing else: a pipe, a file, or `NO_COLOR`."""
    return bool(os.environ.get("NO_COLOR")) or not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR"))


def _out() -> "Console":
    from rich.console import Console

    return Console(highlight=False)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Styled) else cell


def _plain(cell: Cell) -> str:
    return one_line(_text(cell))


def _shown(cell: Cell) -> "Text":
    from rich.text import Text

    text = "\n".join(map(one_line, _text(cell).splitlines()))
    return Text(text, style=cell.style if isinstance(cell, Styled) else "")
