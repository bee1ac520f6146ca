from typing import Literal

import pytest
from rich.console import Console

from scripts.pythons.interpreter import Interpreter
from scripts.pythons.outcome import Outcome, of_tests, succeeded, table
from scripts.pythons.versions import CACHE

PYTHON = Interpreter("3.13", "3.13.9", "/usr/bin/python3.13", "path")
LOG = CACHE / "3.13" / "pytest.log"

Became = Literal["passed", "failed", "not had"]


@pytest.mark.parametrize(
    ("code", "said", "became", "passed", "failed"),
    [
        (0, "....\n4 passed in 1.02s", "passed", 4, 0),
        (0, "....\n4 passed in 1.02s\nException ignored in: <function f>\n", "passed", 4, 0),
        (1, "..F.\n1 failed, 3 passed in 62.02s (0:01:02)", "failed", 3, 1),
        (1, "..E.\n1 failed, 3 passed, 2 errors in 62.02s (0:01:02)", "failed", 3, 3),
        (0, "....\n3 passed, 1 skipped in 1.02s", "failed", 3, 1),
        (5, "no tests ran in 0.02s", "failed", 0, 0),
        (0, "no tests ran in 0.02s", "failed", 0, 0),
        (3, "4 passed in 1.02s", "failed", 4, 0),
        (-11, "", "failed", 0, 0),
    ],
)
def test_a_version_passed_when_tests_ran_and_every_one_passed(
    code: int, said: str, became: Became, passed: int, failed: int
) -> None:
    found = of_tests(PYTHON, code, said, LOG)

    assert (found.became, found.passed, found.failed) == (became, passed, failed)


@pytest.mark.parametrize(
    ("became", "expected"),
    [
        (["passed", "passed"], True),
        (["passed", "not had"], True),
        (["passed", "failed", "not had"], False),
        (["not had"], False),
        ([], False),
    ],
)
def test_all_is_well_when_some_version_passed_and_none_failed(became: list[Became], expected: bool) -> None:
    assert succeeded([Outcome("3.13", each) for each in became]) is expected


def test_the_table_names_the_libraries_and_what_was_not_had_and_why() -> None:
    console = Console(width=140)

    with console.capture() as printed:
        console.print(
            table(
                [
                    Outcome("3.13", "passed", PYTHON, "oldest", 1969, 0),
                    Outcome("3.14t", "not had", remark="Debian has no 3.14t"),
                ]
            )
        )

    lines = [line.replace("│", "").split() for line in printed.get().splitlines() if "3.1" in line]
    assert lines == [
        ["3.13", "3.13.9", "path", "oldest", "passed", "1969", "0"],
        ["3.14t", "not", "had", "Debian", "has", "no", "3.14t"],
    ]
