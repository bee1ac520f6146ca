"""Goes through every version for `make test-pythons` and `make bench-pythons`, and prints what became of each."""

import argparse
import fcntl
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from rich.console import Console

from benchmarks.report import side_by_side, to_rich
from benchmarks.results import Results
from scripts.pythons import environment, outcome
from scripts.pythons.interpreter import Interpreter, NotHadError, find
from scripts.pythons.outcome import Outcome
from scripts.pythons.running import Commands, FailedError, Say
from scripts.pythons.versions import CACHE, TRIED, libraries, library_tests
from tests.services.mariadb import mariadb_server
from tests.services.postgresql import postgresql_server

_LOCKS: Final = {"oldest": "floors", "newest": "pythons"}

Job = Callable[[Commands, Interpreter, Say], Outcome]
"""Does with an interpreter what the command is for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 if a version failed, or if none could be had."""
    options, handed_on = _parser().parse_known_args(arguments)
    # In a file or a pipe there is room for the widest table.
    console = Console(width=None if sys.stdout.isatty() else 140)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ended)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        # Two makes at once take turns.
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = _tests if options.command == "test" else _benchmarks
        outcomes = run(options.pythons, handed_on, console)
    console.print(outcome.table(outcomes))
    return 0 if outcome.succeeded(outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.pythons", description=__doc__)
    parser.add_argument("command", choices=("test", "bench"))
    parser.add_argument(
        "--pythons",
        type=lambda listed: listed.split(","),
        default=list(TRIED),
        metavar="3.13,3.14",
        help="these versions only; everything else is handed on to pytest or to the benchmark",
    )
    return parser


def _ended(number: int, _frame: object) -> NoReturn:
    # As an exception it passes every `finally` on its way out.
    sys.exit(128 + number)


def _tests(versions: Sequence[str], arguments: Sequence[str], console: Console) -> list[Outcome]:
    with postgresql_server() as postgresql, mariadb_server() as mariadb:
        # Where their own programs and the tests look: a Debian that is made for a Python has no servers.
        os.environ |= {"PGPORT": str(postgresql.port), "MYSQL_TCP_PORT": str(mariadb)}
        return _each(versions, partial(_test, arguments), console, at_once=os.cpu_count() or 1)


def _benchmarks(versions: Sequence[str], arguments: Sequence[str], console: Console) -> list[Outcome]:
    outcomes = _each(versions, partial(_bench, arguments), console, at_once=1)
    files = (_measured(each.version) for each in outcomes if each.interpreter)
    console.print(
        to_rich(side_by_side([Results.from_json(file.read_text(encoding="utf-8")) for file in files if file.exists()]))
    )
    return outcomes


def _each(versions: Sequence[str], job: Job, console: Console, at_once: int) -> list[Outcome]:
    """Return the outcome of each version, in that order."""
    commands = Commands()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            return list(pool.map(lambda version: _outcome(version, job, commands, console), versions))
        except BaseException:
            # The threads wait for their commands, and leaving the block for the threads.
            commands.stop()
            raise


def _outcome(version: str, job: Job, commands: Commands, console: Console) -> Outcome:
    def say(what: str) -> None:
        console.print(f"{version}: {what}", highlight=False)

    (CACHE / version).mkdir(exist_ok=True)
    try:
        interpreter = find(version, commands, say)
    except NotHadError as error:
        say(f"not had: {error}")
        return Outcome(version, "not had", remark=str(error))
    try:
        found = job(commands, interpreter, say)
    except FailedError as error:
        found = Outcome(version, "failed", interpreter, remark=str(error))
    say(f"{found.became}. {found.remark}")
    return found


def _test(arguments: Sequence[str], commands: Commands, interpreter: Interpreter, say: Say) -> Outcome:
    has = libraries(interpreter.version)
    python = environment.make(interpreter, _LOCKS[has], commands)
    log = CACHE / interpreter.version / "pytest.log"
    log.unlink(missing_ok=True)
    say(f"running the tests with {interpreter.release}, from {interpreter.origin}, and the {has} libraries")
    # A folder of its own: what failed last, and the bytecode of rewritten assertions, are this version's.
    pytest = [str(python), "-m", "pytest", "--quiet", "-o", f"cache_dir={log.with_name('pytest')}"]
    # Several run at once, and slow one another down.
    pytest += ["-o", "timeout=600"]
    chosen = any(each.startswith("tests/") for each in arguments)
    code = commands.run(
        interpreter.command(*pytest, *([] if chosen else library_tests(interpreter.version)), *arguments), log
    )
    said = log.read_text(encoding="utf-8", errors="replace")
    found = replace(outcome.of_tests(interpreter, code, said, log), libraries=has)
    if found.became == "failed":
        sys.stdout.write(said)
    return found


def _bench(arguments: Sequence[str], commands: Commands, interpreter: Interpreter, say: Say) -> Outcome:
    python = environment.make(interpreter, "bench", commands)
    say(f"measuring {interpreter.release}, from {interpreter.origin}")
    measured = _measured(interpreter.version)
    measured.unlink(missing_ok=True)
    code = commands.run(interpreter.command(python, "-m", "benchmarks", "--json", measured, *arguments))
    if code:
        return Outcome(interpreter.version, "failed", interpreter, remark=f"the benchmark ended with {code}")
    return Outcome(interpreter.version, "passed", interpreter)


def _measured(version: str) -> Path:
    return CACHE / version / "benchmarks.json"


if __name__ == "__main__":
    sys.exit(main())
