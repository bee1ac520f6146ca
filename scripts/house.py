"""Counts what there is to read: modules, lines and arrows per room, and the calls of one connect and one enabling.

    .venv/bin/python -m scripts.house

Lines are those that are neither blank nor a comment of their own. An arrow is an import of one module of a room by
another, also under TYPE_CHECKING: a reader follows it all the same. Calls are counted in the sources of Portico, with
the files that they lie in.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import portico
from portico import ISignal, Namespace, Plugin, Portico, implements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

ROOT = Path(__file__).parents[1]
HOUSES = (ROOT / "src" / "portico", ROOT / "portico-portal" / "src" / "portico_portal")
shop = Namespace("house-script")


@shop.signal
def ordered(region: str, /, *, number: int) -> None:
    """Sent when something was ordered."""


class Example(Plugin):
    """Brings one subscription."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> dict[Any, Any]:
        """Return one receiver."""
        return {ordered: [hear]}


def hear(region: str, **_: object) -> None:
    """Do nothing."""


def main() -> None:
    """Print the counts."""
    for house in HOUSES:
        if house.is_dir():
            print_rooms(house)
    for room in ("signals", "plugins"):
        modules = {f"portico.{room}.{module.stem}": module for module in (HOUSES[0] / room).glob("*.py")}
        print(f"arrows inside {room}: {sum(1 for module in modules.values() for _ in arrows(module, modules))}")
    connect = calls_of(lambda: ordered.connect(hear))
    ordered.disconnect(hear)
    with Portico() as host:
        host.know(Example)
        enable = calls_of(lambda: host.plugins.enable("Example"))
    for what, files in (("one connect", connect), ("one enabling", enable)):
        print(f"{what}: {sum(files.values())} calls in {len(files)} files")


def print_rooms(house: Path) -> None:
    """Print the modules and lines of each room of a house."""
    rooms: dict[str, list[int]] = {}
    for module in sorted(house.rglob("*.py")):
        below = module.relative_to(house).parts
        rooms.setdefault(below[0] if len(below) > 1 else ".", []).append(lines(module))
    for room, counted in rooms.items():
        print(f"{house.name + '/' + room:<28}{len(counted):>4} modules {sum(counted):>6} lines")


def lines(module: Path) -> int:
    """Count the lines that are neither blank nor a comment."""
    stripped = (line.strip() for line in module.read_text().splitlines())
    return sum(1 for line in stripped if line and not line.startswith("#"))


def arrows(module: Path, modules: Iterable[str]) -> Iterator[str]:
    """Iterate over the modules of its room that a module imports, each once."""
    known = set(modules)
    found = {
        node.module
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in known
    }
    return iter(found)


def calls_of(what: Callable[[], object]) -> Counter[str]:
    """Count the calls that something makes in Portico's sources, by file."""
    files: Counter[str] = Counter()
    own = str(Path(portico.__file__).parent)

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(own):
            files[frame.f_code.co_filename] += 1

    sys.setprofile(count)
    try:
        what()
    finally:
        sys.setprofile(None)
    return files


if __name__ == "__main__":
    main()
