"""Holds what a benchmark measured and on which machine, and reads and writes it as JSON."""

from __future__ import annotations

import json
import os
import platform
import sysconfig
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_FREE_THREADED: Final = "free-threaded"


@dataclass(frozen=True)
class Reading:
    """One figure: what one contender needed in one case of one table."""

    table: str
    case: str
    contender: str
    unit: str
    """`"s"` or `"bytes"`."""
    values: list[float]
    """One a run."""
    ratios: list[float]
    """To what the table compares with, one a run; empty where it compares with nothing."""

    @property
    def value(self) -> float:
        """The median over the runs."""
        return median(self.values)

    @property
    def ratio(self) -> float:
        """The median over the runs. Taken in each round anew, so it is steadier than a quotient of two values."""
        return median(self.ratios)


@dataclass(frozen=True)
class Machine:
    """What the figures depend on. Nothing that tells one machine of a kind from another."""

    python: str
    cpu: str
    cores: int
    system: str
    versions: dict[str, str]
    """Of the libraries compared."""

    @property
    def minor(self) -> str:
        """The version of Python without what comes after its second number: `"3.13"`, `"3.14t"` if free-threaded."""
        major, minor = self.python.split()[1].split(".")[:2]
        return f"{major}.{minor}{'t' if _FREE_THREADED in self.python else ''}"

    @classmethod
    def here(cls, distributions: Iterable[str]) -> Self:
        """Return the facts of this process."""
        return cls(
            python=_python(),
            cpu=_cpu(),
            cores=os.cpu_count() or 1,
            system=f"{platform.system()} {platform.machine()}",
            versions={name: version(name) for name in distributions},
        )


@dataclass
class Results:
    """Everything that one call of the benchmark found."""

    machine: Machine
    effort: dict[str, float]
    taken_on: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    readings: list[Reading] = field(default_factory=list)

    def add(self, found: Reading) -> None:
        """Take in the readings of a run; those of the same thing go together."""
        known = self.find(found.table, found.case, found.contender)
        if known is None:
            self.readings.append(found)
        else:
            known.values.extend(found.values)
            known.ratios.extend(found.ratios)

    def find(self, table: str, case: str, contender: str) -> Reading | None:
        """Return a reading, if it was taken."""
        wanted = (table, case, contender)
        return next((each for each in self.readings if (each.table, each.case, each.contender) == wanted), None)

    def to_json(self) -> str:
        """Return all of it as JSON that `from_json` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        machine = Machine(**data.pop("machine"))
        readings = [Reading(**each) for each in data.pop("readings")]
        return cls(machine=machine, readings=readings, **data)


def _python() -> str:
    name = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{name} {_FREE_THREADED}" if sysconfig.get_config_var("Py_GIL_DISABLED") else name


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
