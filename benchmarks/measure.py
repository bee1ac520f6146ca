"""Times loops side by side, and measures what is allocated and how long imports take."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from asyncio import Runner
    from collections.abc import Iterator, Mapping, Sequence

K = TypeVar("K")

Loop = Callable[[int], None]
"""Does what is measured so many times."""
AsyncLoop = Callable[[int], Awaitable[None]]
Timer = Callable[[int], float]
"""Does what is measured so many times, and returns the seconds that took."""

_IMPORT: Final = "from time import perf_counter as c; a = c(); import {module}; print(c() - a)"


class Effort(NamedTuple):
    """How much is done for one figure."""

    runs: int
    """Whole runs, each with signals and receivers of its own; the figure is the median over them."""
    rounds: int
    """How often everything that is compared takes its turn; a run's figure is the median over them."""
    tries: int
    """Timings in one turn; the fastest is taken."""
    seconds: float
    """How long one timing lasts at least."""


THOROUGH: Final = Effort(runs=5, rounds=15, tries=3, seconds=0.001)
QUICK: Final = Effort(runs=1, rounds=5, tries=2, seconds=0.0003)


def timed(loop: Loop) -> Timer:
    """Return a timer for a loop."""

    def timer(times: int) -> float:
        clock = perf_counter()
        loop(times)
        return perf_counter() - clock

    return timer


def timed_async(loop: AsyncLoop, runner: Runner) -> Timer:
    """Return a timer for a loop that awaits; what it takes to enter the event loop does not count."""

    async def awaited(times: int) -> float:
        clock = perf_counter()
        await loop(times)
        return perf_counter() - clock

    return lambda times: runner.run(awaited(times))


def interleave(timers: Mapping[K, Timer], effort: Effort, advance: Callable[[K], None]) -> dict[K, list[float]]:
    """Time everything in turns, so that whatever slows the machine down for a while slows all of them.

    Args:
        timers: what is compared.
        effort: how much to do.
        advance: told before each turn whose it is.

    Returns:
        For each timer the seconds of one operation, one figure a round: the first figures of all belong together.
    """
    times = {key: _calibrated(timer, effort.seconds) for key, timer in timers.items()}
    keys = list(timers)
    figures: dict[K, list[float]] = {key: [] for key in keys}
    with _no_collection():
        for number in range(effort.rounds):
            gc.collect()
            # Nobody always comes after the same neighbour's warm or cold caches.
            start = number % len(keys)
            for key in keys[start:] + keys[:start]:
                advance(key)
                figures[key].append(min(timers[key](times[key]) for _ in range(effort.tries)) / times[key])
    return figures


def _calibrated(timer: Timer, seconds: float) -> int:
    times = 1
    while (taken := timer(times)) < seconds:
        times = max(times * 2, int(times * min(seconds / max(taken, 1e-9), 100)))
    return times


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect garbage when told only, and what was made before not at all."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def allocated(work: Callable[[], object]) -> int:
    """Return how many bytes are still allocated after `work`, garbage collected."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def import_times(modules: Sequence[str], rounds: int, advance: Callable[[str], None]) -> dict[str, list[float]]:
    """Import modules in turns, each time in a fresh interpreter; return the seconds, one figure a round."""
    figures: dict[str, list[float]] = {module: [] for module in modules}
    for module in modules:  # Once for the bytecode.
        _import_time(module)
    for _ in range(rounds):
        for module in modules:
            advance(module)
            figures[module].append(_import_time(module))
    return figures


def _import_time(module: str) -> float:
    command = [sys.executable, "-P", "-c", _IMPORT.format(module=module)]
    # Bytecode is what users have; an environment that forbids it would have us time the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return float(finished.stdout)
