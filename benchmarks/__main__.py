"""Measures, prints the tables, and writes them as JSON and as a page: `make bench`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.contenders import CONTENDERS, available
from benchmarks.measure import QUICK, THOROUGH, Effort
from benchmarks.report import facts, grids, to_rich, write_into
from benchmarks.results import Machine, Results
from benchmarks.scenarios import TABLES
from benchmarks.targets import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT: Final = Path(__file__).parents[1]
_RESULTS: Final = _ROOT / ".cache" / "benchmarks.json"
_PAGE: Final = _ROOT / "docs" / "reference" / "benchmarks.md"
_REFERENCE: Final = "3.11"
"""The Python that the tables of the page are about. Of the others it has the targets."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 if a target is missed and the caller asked for it."""
    options = _parser().parse_args(arguments)
    # In a file or a pipe there is room for the widest table.
    console = Console(width=None if sys.stdout.isatty() else 120)
    if options.read:
        results = Results.from_json(options.read.read_text(encoding="utf-8"))
    else:
        results = _measured(options, console)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(results.to_json(), encoding="utf-8")
    for grid in grids(results):
        console.print(to_rich(grid), "")
    console.print(facts(results), highlight=False)
    if options.write_docs:
        _write_docs(results)
    missed = [verdict for verdict in judge(results) if not verdict.met]
    return 1 if options.check and missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description="Measure Portico beside its peers.")
    parser.add_argument("--quick", action="store_true", help="one short run: figures to try with, not to quote")
    parser.add_argument("--runs", type=int, help="whole runs to take the medians over")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), help="measure these tables only")
    parser.add_argument("--json", type=Path, default=_RESULTS, help="where to write the results (.cache)")
    parser.add_argument("--read", type=Path, metavar="JSON", help="report these results and measure nothing")
    parser.add_argument("--write-docs", action="store_true", help="write docs/reference/benchmarks.md and .json")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser


def _write_docs(results: Results) -> None:
    minor = results.machine.minor
    kept = _PAGE.with_suffix(".json") if minor == _REFERENCE else _PAGE.with_name(f"{_PAGE.stem}-{minor}.json")
    kept.write_text(results.to_json(), encoding="utf-8")
    _PAGE.write_text(write_into(_PAGE.read_text(encoding="utf-8"), *kept_beside(_PAGE)), encoding="utf-8")


def kept_beside(page: Path) -> tuple[Results, list[Results]]:
    """Return the results that the page is made from: those of the reference, and those of other Pythons."""
    first, *others = (
        Results.from_json(file.read_text(encoding="utf-8"))
        for file in (page.with_suffix(".json"), *sorted(page.parent.glob(f"{page.stem}-*.json")))
    )
    return first, others


def _measured(options: argparse.Namespace, console: Console) -> Results:
    effort: Effort = QUICK if options.quick else THOROUGH
    effort = effort._replace(runs=options.runs or effort.runs)
    kinds = available()
    for kind in CONTENDERS:
        if kind not in kinds:
            console.print(f"{kind.name} is not installed, and left out", style="yellow")
    distributions = dict.fromkeys(kind.distribution for kind in kinds if kind.distribution)
    results = Results(Machine.here(["portico-signals", *distributions]), effort._asdict())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[turn]}"), console=console, transient=True) as progress:
        task = progress.add_task("tables", total=effort.runs * len(options.only), turn="")
        for run in range(effort.runs):
            for table in options.only:
                progress.update(task, description=f"run {run + 1}, {table}")
                for reading in TABLES[table](kinds, effort, lambda turn: progress.update(task, turn=turn)):
                    results.add(reading)
                progress.advance(task)
    return results


if __name__ == "__main__":
    sys.exit(main())
