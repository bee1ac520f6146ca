"""Compares the results with what the design asks of the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.contenders import Declared, Undeclared

if TYPE_CHECKING:
    from benchmarks.results import Results


class Target(NamedTuple):
    """A figure that must not be exceeded."""

    table: str
    case: str
    contender: str
    limit: float
    of: str = "ratio"
    """`"ratio"`, or `"value"`."""


class Verdict(NamedTuple):
    """A target, and what was measured."""

    target: Target
    measured: float
    met: bool


_SENDS: Final = ("0", "1", "10", "100", "1, own sender", "1, own string", "10 bound methods")
_BOTH: Final = (Declared.name, Undeclared.name)

TARGETS: Final[tuple[Target, ...]] = (
    *(
        Target("send", case, Declared.name, limit)
        for case, limit in zip(_SENDS, (0.70, 0.80, 0.62, 0.60, 1.0, 1.0, 0.85), strict=True)
    ),
    *(
        Target("send", case, Undeclared.name, limit)
        for case, limit in zip(_SENDS, (1.1, 1.3, 0.85, 0.68, 1.55, 1.55, 1.0), strict=True)
    ),
    *(Target("senders", "10,000", name, 1.10) for name in _BOTH),
    *(Target("connect", f"among 10,000 {others}", name, 1.25) for others in ("receivers", "senders") for name in _BOTH),
    *(
        Target("memory", case, name, 900, "value")
        for case in ("functions", "bound methods", "own senders")
        for name in _BOTH
    ),
    *(Target("async", "10 coroutines", name, 1.25) for name in _BOTH),
    Target("import", "portico", "portico", 2.0),
)


def judge(results: Results) -> list[Verdict]:
    """Return the verdict on each target that something was measured for."""
    verdicts = []
    for target in TARGETS:
        found = results.find(target.table, target.case, target.contender)
        if found is None or (target.of == "ratio" and not found.ratios):
            continue
        # As it is printed: a target is a figure with two decimals.
        measured = round(found.ratio if target.of == "ratio" else found.value, 2)
        verdicts.append(Verdict(target, measured, measured <= target.limit))
    return verdicts
