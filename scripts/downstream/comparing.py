"""Compares how the tests ended on both sides, with the differences that are meant."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from scripts.downstream.running import FAILED, PASSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.downstream.running import Outcomes

_MEANT: Final = Path(__file__).with_name("differences.toml")


class Comparison(NamedTuple):
    """How a suite ended."""

    alike: int
    """Tests that passed on both sides."""
    unnamed: dict[str, str]
    """Differences that nobody meant, by test: what it says of both sides."""
    named: dict[str, str]
    """Differences that are meant, by test: the reason."""
    gone: tuple[str, ...]
    """Tests that were said to differ and do not."""

    @property
    def failed(self) -> int:
        """How many things are not as they should be. A suite in which nothing passes was not run."""
        return len(self.unnamed) + len(self.gone) + (not self.alike)


def differing(stock: Outcomes, ours: Outcomes) -> dict[str, str]:
    """Return the tests that pass on one side only, each with what it says of both."""
    found = {}
    for test in sorted({*stock, *ours}):
        ends = stock.get(test, "missing"), ours.get(test, "missing")
        if ends.count(PASSED) == 1 or sorted(ends) == sorted((FAILED, "missing")):
            found[test] = f"{ends[0]} with the library, {ends[1]} with the façade"
    return found


def meant(suite: str) -> dict[str, str]:
    """Return the differences of a suite that are meant, by test, with the reason."""
    every: Mapping[str, dict[str, str]] = tomllib.loads(_MEANT.read_text(encoding="utf-8"))
    return every.get(suite, {})


def compare(stock: Outcomes, ours: Outcomes, differences: Mapping[str, str], reasons: Mapping[str, str]) -> Comparison:
    """Judge the differences of a suite by the reasons that are given for them."""
    return Comparison(
        alike=sum(end == PASSED == ours.get(test) for test, end in stock.items()),
        unnamed={test: what for test, what in differences.items() if test not in reasons},
        named={test: reason for test, reason in reasons.items() if test in differences},
        gone=tuple(test for test in reasons if test not in differences),
    )
