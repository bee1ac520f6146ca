"""Tells how the tests ended on each version, and makes a table of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from rich.table import Table

from scripts.pythons.interpreter import Interpreter
from scripts.pythons.versions import ROOT

_SUMMARY: Final = re.compile(r"^(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s\b", re.MULTILINE)
_COUNT: Final = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


@dataclass(frozen=True)
class Outcome:
    """What became of one version."""

    version: str
    became: Literal["passed", "failed", "not had"]
    interpreter: Interpreter | None = None
    libraries: Literal["oldest", "newest", ""] = ""
    """Which the tests ran with; empty where there were none to choose from."""
    passed: int = 0
    failed: int = 0
    """Errors too, and tests that were skipped: this project skips none."""
    remark: str = ""


def of_tests(interpreter: Interpreter, code: int, said: str, log: Path) -> Outcome:
    """Return what became of the tests by the exit code of pytest and what it said, which is in `log`."""
    # Not always the last line: the interpreter may have something to say on its way out.
    summaries = _SUMMARY.findall(said)
    counts = {what: int(count) for count, what in _COUNT.findall(summaries[-1] if summaries else "")}
    passed = counts.pop("passed", 0)
    failed = sum(counts.values())
    if code == 0 and passed and not failed:
        return Outcome(interpreter.version, "passed", interpreter, passed=passed)
    remark = f"pytest ended with {code}: see {log.relative_to(ROOT)}"
    return Outcome(interpreter.version, "failed", interpreter, passed=passed, failed=failed, remark=remark)


def succeeded(outcomes: Sequence[Outcome]) -> bool:
    """Return whether some version passed and none failed. One that was not had is neither."""
    return {each.became for each in outcomes} - {"not had"} == {"passed"}


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return one row for each version."""
    columns = ("Python", "release", "from", "libraries", "", "passed", "failed", "")
    found = Table(*columns, title="Every Python", title_justify="left")
    for each in outcomes:
        colour = {"passed": "green", "failed": "red", "not had": "yellow"}[each.became]
        has = each.interpreter
        counts = (str(each.passed), str(each.failed)) if has and each.passed + each.failed else ("", "")
        about = (has.release, has.origin) if has else ("", "")
        found.add_row(each.version, *about, each.libraries, f"[{colour}]{each.became}[/]", *counts, each.remark)
    return found
