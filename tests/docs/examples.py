"""Runs the Python examples of one page and compares what they print.

The blocks of a page are one program, top to bottom. A block of `text` or `output` that is the next one after a
Python block says what that one prints, exactly. Run as a program, so that each page has an interpreter of its own:
its signals, plugins and hosts are nobody else's.
"""

# Not a library: sybil makes a test of each block, and the random order of our tests would shuffle the program.

import contextlib
import difflib
import io
import re
import sys
import textwrap
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

_FENCED = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^ *(?P=fence) *$", re.MULTILINE | re.DOTALL
)
_OUTPUT = {"text", "output"}


@dataclass(frozen=True)
class Example:
    """A Python block of a page: its code, the line of the page its code starts on, and what it has to print."""

    code: str
    line: int
    prints: str | None


def examples_of(page: str) -> Iterator[Example]:
    """Return the Python examples of a page of Markdown, in order."""
    blocks = list(_FENCED.finditer(page))
    for block, following in zip_longest(blocks, blocks[1:]):
        if block["language"] == "python":
            output = following is not None and following["language"] in _OUTPUT
            yield Example(
                code=textwrap.dedent(block["body"]),
                line=page.count("\n", 0, block.start("body")) + 1,
                prints=textwrap.dedent(following["body"]) if following and output else None,
            )


def run(path: Path) -> str | None:
    """Run the examples of the page at `path`. Returns what is wrong with the first that fails, None when none does."""
    # A real module: SQLAlchemy and dataclasses look up annotations in the module that a class names. It takes the
    # place of ours, so that messages name an example's functions as they do in a reader's own script.
    module = types.ModuleType("__main__")
    sys.modules[module.__name__] = module
    for example in examples_of(path.read_text(encoding="utf-8")):
        # The blank lines give tracebacks, and the source that inspect finds, the line numbers of the page.
        source = "\n" * (example.line - 1) + example.code
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - its purpose
        except Exception:  # noqa: BLE001 - whatever an example raises is the answer
            return f"{path}:{example.line}: the example fails\n{traceback.format_exc()}"
        if example.prints is not None and printed.getvalue() != example.prints:
            return f"{path}:{example.line}: the example prints something else\n" + _difference(
                example.prints, printed.getvalue()
            )
    return None


def _difference(page: str, printed: str) -> str:
    return "\n".join(difflib.unified_diff(page.splitlines(), printed.splitlines(), "the page", "printed", lineterm=""))


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
