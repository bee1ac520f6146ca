"""Writes the results as tables, for the terminal and for the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.table import Table

from benchmarks.targets import TARGETS, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.results import Reading, Results

_BEGIN: Final = "<!-- Written by `make bench ARGS=--write-docs`; do not edit. -->\n"
_END: Final = "<!-- Until here. -->\n"

_NOTHING: Final = "-"

# Table, heading, and what the figures are.
_TITLES: Final = {
    "send": ("One send", "receivers"),
    "senders": ("One send among many senders", "connected senders; one receiver hears it"),
    "receivers": ("Growth with receivers", "receivers"),
    "connect": ("Connect and cancel", "what else is connected"),
    "async": ("Coroutine receivers in sequence", "receivers"),
    "memory": ("Bytes of a connected receiver", "receivers"),
    "import": ("Import, in a fresh interpreter", "module"),
}
_COMPARED_WITH: Final = {
    "send": "x the bare loop",
    "senders": "x its own time among 10 senders",
    "receivers": "x the bare loop",
    "connect": "x its own time among 10",
    "async": "x awaiting them by hand",
    "import": "x blinker",
}


class Grid(NamedTuple):
    """A table of text."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def grids(results: Results) -> Iterator[Grid]:
    """Return every table for which something was measured, the targets last."""
    for table, (title, what) in _TITLES.items():
        readings = [reading for reading in results.readings if reading.table == table]
        if not readings:
            continue
        if table == "import":
            yield _imports(title, readings)
            continue
        yield _matrix(f"{title}: {_unit(readings)}", what, readings, ratios=False)
        if table in _COMPARED_WITH:
            yield _matrix(f"{title}: {_COMPARED_WITH[table]}", what, readings, ratios=True)
    verdicts = judge(results)
    if verdicts:
        yield Grid(
            "Targets",
            ["what", "who", "limit", "measured", ""],
            [
                [
                    f"{_TITLES[target.table][0]}, {target.case}",
                    target.contender,
                    _figure(target.limit, target.of),
                    _figure(measured, target.of),
                    "PASS" if met else "miss",
                ]
                for target, measured, met in verdicts
            ],
        )


def side_by_side(pythons: Sequence[Results]) -> Grid:
    """Return the targets for which something was measured, and what each Python measured for them."""
    verdicts = [{verdict.target: verdict for verdict in judge(results)} for results in pythons]
    rows = []
    for target in (target for target in TARGETS if any(target in each for each in verdicts)):
        row = [f"{_TITLES[target.table][0]}, {target.case}", target.contender, _figure(target.limit, target.of)]
        for each in verdicts:
            verdict = each.get(target)
            figure = _figure(verdict.measured, target.of) if verdict else _NOTHING
            row.append(figure if not verdict or verdict.met else f"{figure} miss")
        rows.append(row)
    return Grid("Targets on each Python", ["what", "who", "limit", *(each.machine.minor for each in pythons)], rows)


def to_rich(grid: Grid) -> Table:
    """Return a table for the terminal."""
    table = Table(title=grid.title, title_justify="left", title_style="bold")
    for number, column in enumerate(grid.columns):
        table.add_column(column, justify="right" if number else "left")
    for row in grid.rows:
        missed = row[-1] == "miss"
        table.add_row(*row, style="red" if missed else "green" if row[0].startswith("Portico") else "")
    return table


def to_markdown(grid: Grid) -> str:
    """Return a table for the documentation."""
    alignment = ["---", *("--:" for _ in grid.columns[1:])]
    lines = [f"### {grid.title}", "", *(f"| {' | '.join(row)} |" for row in (grid.columns, alignment, *grid.rows))]
    return "\n".join(lines) + "\n"


def facts(results: Results) -> str:
    """Return on what the figures were taken, as one sentence."""
    machine, effort = results.machine, results.effort
    libraries = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return (
        f"Taken on {results.taken_on} with {machine.python}, {machine.system}, {machine.cores} cores ({machine.cpu}); "
        f"runs: {effort['runs']:g}, rounds in each: {effort['rounds']:g}. {libraries}."
    )


def write_into(page: str, results: Results, others: Sequence[Results] = ()) -> str:
    """Return a page with its generated part made from these results, and from those of other Pythons.

    Raises:
        ValueError: the page has no such part.
    """
    if _BEGIN not in page or _END not in page:
        msg = f"the page has no lines {_BEGIN.strip()!r} and {_END.strip()!r}; put them where the tables belong"
        raise ValueError(msg)
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    parts = [facts(results) + "\n", *map(to_markdown, grids(results))]
    if others:
        parts += [to_markdown(side_by_side([results, *others])), "\n\n".join(map(facts, others)) + "\n"]
    return f"{before}{_BEGIN}\n" + "\n".join(parts) + f"\n{_END}{after}"


def _matrix(title: str, what: str, readings: list[Reading], *, ratios: bool) -> Grid:
    cases = list(dict.fromkeys(reading.case for reading in readings))
    contenders = list(dict.fromkeys(reading.contender for reading in readings))
    found = {(reading.contender, reading.case): reading for reading in readings}
    rows = [
        [contender, *(_cell(found.get((contender, case)), ratios=ratios) for case in cases)] for contender in contenders
    ]
    return Grid(title, [what, *cases], rows)


def _imports(title: str, readings: list[Reading]) -> Grid:
    rows = [
        [
            reading.case,
            f"{reading.value * 1e3:.1f}",
            _figure(reading.ratio, "ratio") if reading.ratios else _NOTHING,
        ]
        for reading in readings
    ]
    return Grid(title, ["module", "ms", _COMPARED_WITH["import"]], rows)


def _cell(reading: Reading | None, *, ratios: bool) -> str:
    if reading is None or (ratios and not reading.ratios):
        return _NOTHING
    if ratios:
        return _figure(reading.ratio, "ratio")
    if reading.unit == "bytes":
        return f"{reading.value:,.0f}"
    return f"{reading.value * 1e6:,.2f}"


def _figure(figure: float, of: str) -> str:
    return f"{figure:,.2f}" if of == "ratio" else f"{figure:,.0f}"


def _unit(readings: list[Reading]) -> str:
    return "bytes" if readings[0].unit == "bytes" else "µs"
