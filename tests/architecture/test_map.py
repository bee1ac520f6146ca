"""The map in CONTRIBUTING shows the house as it is."""

import re
import tomllib

from tests.architecture.environments import ROOT

_ROOM = re.compile(r"^  ([\w./]+) +(\d) ", re.MULTILINE)


def test_every_room_is_on_the_map_on_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "floors")
    floors = {
        room.strip(): floor
        for floor, rooms in enumerate(reversed(layers))
        for room in rooms.split("|")
        # In parentheses are rooms that are not built yet. Nobody looks for `python -m portico` on a map.
        if "(" not in room and room != "__main__"
    }

    on_the_map = _ROOM.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))

    assert {room.strip("/").removesuffix(".py"): int(floor) for room, floor in on_the_map} == floors


def test_every_room_is_where_the_map_says() -> None:
    on_the_map = _ROOM.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))

    assert [room for room, _ in on_the_map if not (ROOT / "src" / "portico" / room).exists()] == []
