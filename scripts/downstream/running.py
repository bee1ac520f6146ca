"""Runs one suite on the library or on its façade, in a process of its own, and writes how each test ended.

`python -m scripts.downstream.running SUITE SIDE OUTCOMES [TEST...]`, from the folder of the source distribution.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import TextTestResult

from scripts.downstream.suites import SUITES

if TYPE_CHECKING:
    from collections.abc import Callable
    from unittest import TestCase

PASSED: Final = "passed"
SKIPPED: Final = "skipped"
FAILED: Final = "failed"

Outcomes = dict[str, str]

# What a result of unittest is told, and how the test ended then.
_ENDS: Final = {
    "addSuccess": PASSED,
    "addSkip": SKIPPED,
    "addExpectedFailure": SKIPPED,
    "addUnexpectedSuccess": FAILED,
    "addFailure": FAILED,
    "addError": FAILED,
    "addSubTest": FAILED,
}


def main() -> None:
    """Run what the command line says."""
    name, side, target, *tests = sys.argv[1:]
    suite = SUITES[name]
    if side == "ours":
        import_module(suite.facade).install()
    run = _run_django if name == "django" else _run_pytest
    outcomes: Outcomes = {}
    run(tests or list(suite.tests), outcomes)
    Path(target).write_text(json.dumps(outcomes), encoding="utf-8")


def _note(outcomes: Outcomes, test: str, outcome: str) -> None:
    """Note how a test ended; one that failed in any of its parts has failed."""
    if outcomes.get(test) != FAILED:
        outcomes[test] = outcome


def _run_pytest(tests: list[str], outcomes: Outcomes) -> None:
    import pytest  # noqa: PLC0415 - not there for who only reads the outcomes

    class Recorder:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.when == "call" or report.outcome != PASSED:
                _note(outcomes, report.nodeid, report.outcome)

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                _note(outcomes, report.nodeid, FAILED)

    # The plugins of Portico are for who tests with it, and would import the library before the façade is in place.
    options = [
        "--config-file=pyproject.toml",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:portico",
        "--tb=short",
        "--continue-on-collection-errors",
    ]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]  # What it warns of being without.
    code = pytest.main([*options, *tests], plugins=[Recorder()])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SystemExit(code)


def _run_django(tests: list[str], outcomes: Outcomes) -> None:
    from django.test.runner import DiscoverRunner  # noqa: PLC0415 - as above

    methods = {name: _noting(outcomes, name, end) for name, end in _ENDS.items()}
    recorded = type("Recorded", (TextTestResult,), methods)
    DiscoverRunner.get_resultclass = lambda _: recorded
    os.chdir("tests")
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as Python itself would put it there
    sys.argv = ["runtests.py", "--parallel=1", "--settings=test_sqlite", *tests]
    with suppress(SystemExit):  # It ends so when a test failed; which one is in the outcomes.
        runpy.run_path("runtests.py", run_name="__main__")


def _noting(outcomes: Outcomes, name: str, end: str) -> Callable[..., None]:
    def add(self: TextTestResult, test: TestCase, *arguments: Any) -> None:
        getattr(TextTestResult, name)(self, test, *arguments)
        if arguments[-1:] != (None,):  # Of a part of a test that has not failed.
            _note(outcomes, test.id(), end)

    return add


if __name__ == "__main__":
    main()
