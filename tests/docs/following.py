"""Follows a tutorial as its reader does: writes each file that it names, and types each command.

A block right after a line that ends with `` `path`: `` is a whole file. In a `console` block, a line after `$ ` is a
command; what stands below it is what the command has to print, where `...` is any text. A command without output may
print what it likes.
"""

import doctest
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:`(?P<file>[^`\n]+)`:\n\n)?^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (?P<line>.*)\n(?P<prints>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_ENDED = "the command ended with"
_OPTIONS = doctest.ELLIPSIS | doctest.REPORT_NDIFF


@dataclass(frozen=True)
class File:
    """A file that the reader writes."""

    path: str
    content: str


@dataclass(frozen=True)
class Command:
    """A command that the reader types, and what it prints; nothing where the page does not say."""

    line: str
    prints: str


def steps_of(page: str) -> Iterator[File | Command]:
    """Iterate over what a page has its reader do, in order.

    Raises:
        ValueError: a block is neither a file nor commands.
    """
    for block in _BLOCK.finditer(page):
        if block["language"] == "console":
            for command in _COMMAND.finditer(block["body"]):
                yield Command(command["line"], command["prints"])
        elif block["file"]:
            yield File(block["file"], block["body"])
        else:
            msg = f"the reader is not told what to do with: {block['body']}"
            raise ValueError(msg)


def follow(page: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Do all of it in a folder, in one shell; iterate over what goes otherwise than the page says, up to the first."""
    with subprocess.Popen(
        ["/bin/bash"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:
        for step in steps_of(page):
            if isinstance(step, File):
                (folder / step.path).write_text(step.content, encoding="utf-8")
                continue
            printed, code = _type(shell, step.line)
            if code:
                yield f"`{step.line}` ended with {code}:\n{printed}"
                return
            example = doctest.Example(step.line, step.prints)
            checker = doctest.OutputChecker()
            if step.prints and not checker.check_output(example.want, printed, _OPTIONS):
                yield f"`{step.line}` printed something else:\n" + checker.output_difference(example, printed, _OPTIONS)
                return


def _type(shell: "subprocess.Popen[str]", line: str) -> tuple[str, int]:
    assert shell.stdin is not None
    assert shell.stdout is not None
    # Nothing else reads what is still to be typed.
    shell.stdin.write(f"{{ {line}\n}} </dev/null; code=$?; echo; echo {_ENDED} $code\n")
    shell.stdin.flush()
    printed = ""
    for said in shell.stdout:
        if said.startswith(_ENDED):
            return printed.removesuffix("\n"), int(said.removeprefix(_ENDED))
        printed += said
    return printed, -1
