import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.__main__ import kept_beside, main
from benchmarks.contenders import Contender, available
from benchmarks.measure import Effort, interleave, timed
from benchmarks.receivers import NAMES
from benchmarks.results import Machine, Reading, Results
from benchmarks.scenarios import TABLES
from benchmarks.targets import TARGETS, judge

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "benchmarks.md"
_ONCE = Effort(runs=1, rounds=1, tries=1, seconds=0)


def results(*readings: Reading, python: str = "3.11.7") -> Results:
    machine = Machine(f"CPython {python}", "a processor", 2, "Linux x86_64", {"portico": "0.1.0"})
    return Results(machine, _ONCE._asdict(), "2026-11-21", list(readings))


def send_reading(case: str, contender: str, ratio: float) -> Reading:
    return Reading("send", case, contender, "s", [1e-6], [ratio])


@pytest.mark.parametrize("kind", available())
def test_each_contender_calls_a_connected_receiver_with_sender_and_payload(kind: type[Contender]) -> None:
    got: list[tuple[Any, ...]] = []

    def by_keywords(sender: object, **payload: Any) -> None:
        got.append((sender, *payload.values()))

    def by_names(sender: object, order_id: str, total: int, note: str) -> None:
        got.append((sender, order_id, total, note))

    contender, sender = kind(), object()
    receiver = by_names if kind.makers is NAMES else by_keywords

    contender.connect(receiver)
    contender.sending(sender)(2)
    contender.disconnect(receiver)
    contender.sending(sender)(1)

    # Django also tells a receiver its signal.
    assert [(each[0], *each[-3:]) for each in got] == [(sender, "o-1", 3, "x")] * 2


@pytest.mark.parametrize("kind", [kind for kind in available() if kind.awaits])
def test_a_contender_that_awaits_calls_its_coroutine_receivers(kind: type[Contender]) -> None:
    got: list[object] = []

    async def receive(sender: object, **payload: Any) -> None:
        got.append(sender)

    contender, sender = kind(), object()
    contender.connect(receive)

    def run(loop: Awaitable[None]) -> None:
        async def awaited() -> None:
            await loop

        asyncio.run(awaited())

    run(contender.sending_async(sender)(2))

    assert got == [sender, sender]


def test_connecting_leaves_nobody_connected() -> None:
    for kind in available():
        contender = kind()
        got: list[object] = []

        def receive(sender: object, *args: Any, got: list[object] = got, **payload: Any) -> None:
            got.append(sender)

        if kind.makers is NAMES:
            continue
        contender.connecting(receive)(3)
        contender.sending(object())(1)

        assert got == []


def test_everything_that_is_compared_takes_turns() -> None:
    turns: list[str] = []
    timers = {"a": timed(lambda times: None), "b": timed(lambda times: None)}

    figures = interleave(timers, _ONCE._replace(rounds=4), turns.append)

    assert turns == ["a", "b", "b", "a", "a", "b", "b", "a"]
    assert [len(each) for each in figures.values()] == [4, 4]


def test_an_operation_is_repeated_until_it_fills_the_time() -> None:
    asked: list[int] = []

    def timer(times: int) -> float:
        asked.append(times)
        return times * 0.001

    figures = interleave({"a": timer}, _ONCE._replace(seconds=0.5), lambda turn: None)

    assert asked[-1] * 0.001 >= 0.5
    assert figures["a"] == [pytest.approx(0.001)]


@pytest.mark.parametrize("table", ["send", "async"])
def test_a_table_has_a_reading_for_each_contender_compared_with_the_bare_loop(table: str) -> None:
    readings = list(TABLES[table](available(), _ONCE, lambda turn: None))

    assert all(reading.values and reading.ratios for reading in readings)
    assert {reading.ratio for reading in readings if reading.contender == "bare loop"} == {1.0}


def test_results_come_back_from_json_as_they_were() -> None:
    written = results(
        send_reading("1", "Portico, declared", 0.7), Reading("memory", "functions", "x", "bytes", [9], [])
    )

    assert Results.from_json(written.to_json()) == written


def test_the_figure_of_several_runs_is_their_median() -> None:
    found = results()

    for ratio in (0.5, 9.0, 0.7):
        found.add(send_reading("1", "Portico, declared", ratio))

    assert [reading.ratio for reading in found.readings] == [0.7]


def test_a_target_is_missed_by_what_exceeds_it() -> None:
    found = results(send_reading("1", "Portico, declared", 0.8), send_reading("10", "Portico, declared", 0.66))

    assert [(verdict.target.case, verdict.met) for verdict in judge(found)] == [("1", True), ("10", False)]


def test_every_target_is_about_something_that_is_measured() -> None:
    kinds = available()
    measured = {kind.name for kind in kinds} | {"portico"}

    assert {target.contender for target in TARGETS} <= measured
    assert {target.table for target in TARGETS} <= TABLES.keys()


def test_the_check_fails_on_a_missed_target_and_only_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    file.write_text(results(send_reading("1", "Portico, declared", 7.0)).to_json(), encoding="utf-8")

    plain = main(["--read", str(file)])
    checked = main(["--read", str(file), "--check"])

    assert (plain, checked) == (0, 1)
    assert "miss" in capsys.readouterr().out


def test_a_page_without_the_generated_part_is_refused() -> None:
    with pytest.raises(ValueError, match="put them where the tables belong"):
        report.write_into("# A page\n", results())


def test_writing_into_a_page_again_changes_nothing() -> None:
    found = results(send_reading("1", "Portico, declared", 0.7))

    once = report.write_into(_PAGE.read_text(encoding="utf-8"), found)

    assert "| Portico, declared | 0.70 |" in once
    assert report.write_into(once, found) == once


@pytest.mark.parametrize(
    ("python", "minor"), [("3.11.7", "3.11"), ("3.15.0rc1", "3.15"), ("3.14.2 free-threaded", "3.14t")]
)
def test_a_python_is_known_by_its_first_two_numbers(python: str, minor: str) -> None:
    assert results(python=python).machine.minor == minor


def test_each_python_is_judged_by_the_same_targets() -> None:
    met = results(send_reading("1", "Portico, declared", 0.7))
    missed = results(
        send_reading("1", "Portico, declared", 0.9), send_reading("10", "Portico, declared", 0.5), python="3.14.2"
    )

    grid = report.side_by_side([met, missed])

    assert grid.columns[-2:] == ["3.11", "3.14"]
    assert grid.rows == [
        ["One send, 1", "Portico, declared", "0.80", "0.70", "0.90 miss"],
        ["One send, 10", "Portico, declared", "0.62", "-", "0.50"],
    ]


def test_a_page_tells_of_the_other_pythons_too() -> None:
    found = results(send_reading("1", "Portico, declared", 0.7))
    other = results(send_reading("1", "Portico, declared", 0.9), python="3.14.2")

    page = report.write_into(_PAGE.read_text(encoding="utf-8"), found, [other])

    assert "| One send, 1 | Portico, declared | 0.80 | 0.70 | 0.90 miss |" in page
    assert "with CPython 3.14.2" in page


def test_the_tables_of_the_documentation_are_made_from_the_results_beside_them() -> None:
    page = _PAGE.read_text(encoding="utf-8")

    found, others = kept_beside(_PAGE)

    assert report.write_into(page, found, others) == page
