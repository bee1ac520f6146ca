"""Finds the modules of a plugin that would connect receivers if anybody imported them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType

_NOT_FOR_RUNNING: Final = {"tests", "testing", "migrations", "alembic", "conftest", "setup", "__main__"}
_CONNECTING: Final = {"connect", "connect_via", "subscribe", "receiver"}


def unheard_modules(package: ModuleType, others: Collection[str] = ()) -> Iterator[str]:
    """Yield the names of modules below a package that connect receivers in their body, and were never imported.

    Read, not run: whatever cannot be read is left out, and so are tests and migrations.

    Args:
        package: one that is imported.
        others: the modules of other plugins, which are imported when those are enabled.
    """
    for folder in getattr(package, "__path__", ()):
        for file in sorted(Path(folder).rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            name = ".".join((package.__name__, *parts))
            if name in sys.modules or name in others or not parts or any(map(_is_left_out, parts)):
                continue
            if _connects(file):
                yield name


def _is_left_out(part: str) -> bool:
    return part in _NOT_FOR_RUNNING or part.startswith(("test_", ".")) or part.endswith("_test") or "-" in part


def _connects(file: Path) -> bool:
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False
    functions = {each.name for each in ast.walk(ast.Module(body, [])) if isinstance(each, _FUNCTION)}
    return any(_is_connecting(statement, functions) for statement in _run_at_import(body))


_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _run_at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that importing a module runs: not those inside of functions."""
    for statement in body:
        yield statement
        if not isinstance(statement, _FUNCTION):
            for name in ("body", "orelse", "finalbody"):
                yield from _run_at_import(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _run_at_import(handler.body)


def _is_connecting(statement: ast.stmt, functions: Collection[str]) -> bool:
    if isinstance(statement, _FUNCTION):
        # `@signal.connect`, `@signal.connect_via(sender)`, Django's `@receiver(signal)`.
        return any(_verb(each.func if isinstance(each, ast.Call) else each) for each in statement.decorator_list)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and _verb(statement.value.func):
        # `signal.connect(function)`, and not `database.connect(address)`.
        first = statement.value.args[:1]
        return any(
            isinstance(each, ast.Lambda | ast.Attribute) or (isinstance(each, ast.Name) and each.id in functions)
            for each in first
        )
    return False


def _verb(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return called.attr in _CONNECTING
    return isinstance(called, ast.Name) and called.id == "receiver"
