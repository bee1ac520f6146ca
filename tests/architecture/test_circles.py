"""No room has a circle of imports inside, those under TYPE_CHECKING included: a reader follows them all the same."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

ROOMS = ["actions", "adapters", "cli", "console", "host", "plugins", "signals", "tables"]


@pytest.fixture(scope="module")
def house() -> grimp.ImportGraph:
    return grimp.build_graph("portico", cache_dir=None)


def circle_inside(graph: grimp.ImportGraph, room: str) -> list[str]:
    modules = {room, *graph.find_descendants(room)}
    imported = {module: graph.find_modules_directly_imported_by(module) & modules for module in modules}
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_inside_a_room_imports_in_circles(house: grimp.ImportGraph, room: str) -> None:
    assert circle_inside(house, f"portico.{room}") == []


def test_a_circle_through_types_alone_would_be_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in [("house.attic", "house.attic.trunk"), ("house.attic.trunk", "house.attic")]:
        graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="")

    assert set(circle_inside(graph, "house.attic")) == {"house.attic", "house.attic.trunk"}
