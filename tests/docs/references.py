"""Finds what pages, docstrings and comments refer to: files, modules and what is in them, other pages."""

import ast
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]

_FOLDERS: Final = "src|tests|docs|scripts|benchmarks|examples|requirements|portico-portal"
_PATH: Final = re.compile(rf"(?<![\w./<-])(?:{_FOLDERS})/[\w./*-]*\w[\w*/]*")
_NAME: Final = re.compile(r"(?<![\w./@-])(?:portico|portico_portal)(?:\.[A-Za-z_]\w*)+(?![\w/-])")
_LINK: Final = re.compile(r"\]\((?!\w+:)([^)#\s]+)[^)]*\)")

# Names of other things than modules: files, groups of entry points, and what was renamed, in the changelog.
_OTHER: Final = {
    "portico.applications",
    "portico.log",
    "portico.portal",
    "portico.test_plugins",
    "portico.toml",
}


class Reference(NamedTuple):
    """One mention of something, and where it stands."""

    line: int
    what: str


def broken_in(file: Path, root: Path = ROOT) -> list[Reference]:
    """Return the references of one file, a page or a module, to what is not there."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return [found for found in _references(_prose_of(text)) if not _exists(found.what, root)]
    links = [
        Reference(text.count("\n", 0, match.start()) + 1, match[1])
        for match in _LINK.finditer(text)
        if not (file.parent / match[1]).exists()
    ]
    return [found for found in _references(_Lines(text)) if not _exists(found.what, root)] + links


class _Lines(dict[int, str]):
    """Lines of prose by their number."""

    def __init__(self, text: str, first: int = 1) -> None:
        super().__init__(enumerate(text.split("\n"), first))


def _prose_of(source: str) -> dict[int, str]:
    lines: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0]] = token.string
    for node in ast.walk(ast.parse(source)):
        # Docstrings, and the strings that say what an attribute is.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines |= _Lines(node.value.value, node.lineno)
    return lines


def _references(lines: dict[int, str]) -> Iterator[Reference]:
    for number, line in sorted(lines.items()):
        for pattern in (_PATH, _NAME):
            for match in pattern.finditer(line):
                yield Reference(number, match[0])


def _exists(what: str, root: Path) -> bool:
    if "/" in what:
        return any(root.glob(what))
    return what in _OTHER or _is_name(what)


def _module(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        return None


def _is_name(name: str) -> bool:
    module_name, found = name, _module(name)
    while found is None:
        module_name = module_name.rpartition(".")[0]
        found = _module(module_name)
    for attribute in filter(None, name.removeprefix(module_name).split(".")):
        if not hasattr(found, attribute):
            return attribute in getattr(found, "__annotations__", ())
        found = getattr(found, attribute)
    return True
