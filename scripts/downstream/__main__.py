"""Makes the environment, runs both sides and prints every difference: `make test-downstream`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.downstream.comparing import Comparison, compare, differing, meant
from scripts.downstream.environment import ROOT, Environment
from scripts.downstream.suites import SUITES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.downstream.running import Outcomes

_SIDES: Final = ("stock", "ours")
# A hang is a failure too; the longest suite takes a minute on an idle machine.
_TIMEOUT_SECONDS: Final = 900


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; return 1 if a test ends otherwise on a façade than on the library, and nobody meant it."""
    parser = argparse.ArgumentParser(prog="make test-downstream", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"some of {', '.join(SUITES)}; all by default")
    parser.add_argument("--show", action="store_true", help="print what the tests themselves print")
    options = parser.parse_args(arguments)
    unknown = [suite for suite in options.suites if suite not in SUITES]
    if unknown:
        parser.error(f"there is no suite {unknown[0]!r}; use some of {', '.join(SUITES)}")
    environment = Environment()
    environment.make()
    passed = failed = 0
    for suite in options.suites or SUITES:
        comparison = _compared(environment, suite, show=options.show)
        _print(suite, comparison)
        passed += comparison.alike + len(comparison.named)
        failed += comparison.failed
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


def _compared(environment: Environment, suite: str, *, show: bool) -> Comparison:
    stock, ours = _both(environment, suite, [], show=show)
    differences, reasons = differing(stock, ours), meant(suite)
    # What waits for a clock may fail on a busy machine: a difference counts that is there a second time.
    doubtful = [test for test in differences if test not in reasons and "missing" not in differences[test]]
    if doubtful:
        again = differing(*_both(environment, suite, doubtful, show=show))
        differences = {test: what for test, what in differences.items() if test not in doubtful or test in again}
    return compare(stock, ours, differences, reasons)


def _both(environment: Environment, suite: str, tests: list[str], *, show: bool) -> list[Outcomes]:
    with ThreadPoolExecutor(len(_SIDES)) as pool:
        return list(pool.map(lambda side: _outcomes(environment, suite, side, tests, show=show), _SIDES))


def _outcomes(environment: Environment, suite: str, side: str, tests: list[str], *, show: bool) -> Outcomes:
    with tempfile.TemporaryDirectory() as folder:
        target, log = Path(folder, "outcomes.json"), Path(folder, "log")
        command = [environment.python, "-m", "scripts.downstream.running", suite, side, str(target), *tests]
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "src")))
        with log.open("wb") as output:
            finished = subprocess.run(
                command,
                cwd=environment.tests_of(suite),
                env=os.environ | {"PYTHONPATH": paths, "PYTHONWARNINGS": "", "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_TIMEOUT_SECONDS,
            )
        if show or not target.exists():
            sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
        if not target.exists():
            msg = f"the tests of {suite} on {side} ended with {finished.returncode} before they were over"
            raise SystemExit(msg)
        outcomes: Outcomes = json.loads(target.read_text(encoding="utf-8"))
        return outcomes


def _print(suite: str, comparison: Comparison) -> None:
    print(f"{suite}: {comparison.alike} tests pass on both sides")
    for test, reason in comparison.named.items():
        print(f"  differs, and is meant to: {test}: {reason}")
    for test, what in comparison.unnamed.items():
        print(f"  DIFFERS: {test}: {what}")
    for test in comparison.gone:
        print(f"  NO LONGER DIFFERS: {test}: take it out of differences.toml")


if __name__ == "__main__":
    sys.exit(main())
