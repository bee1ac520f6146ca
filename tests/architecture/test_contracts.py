import sys

import pytest
from grimp import ImportGraph

from tests.architecture.contracts import FrontDoorContract, StandardLibraryOnlyContract


def front_door(importer: str, imported: str) -> bool:
    options = {"house": "house", "adapters": ["house.sources"]}
    contract = FrontDoorContract("name", {}, options)
    return contract.check(graph(importer, imported), verbose=False).kept


def standard_library_only(importer: str, imported: str) -> bool:
    options = {"house": "house", "rooms": ["house.cellar", "house.errors"]}
    contract = StandardLibraryOnlyContract("name", {}, options)
    return contract.check(graph(importer, imported), verbose=False).kept


def graph(importer: str, imported: str) -> ImportGraph:
    made = ImportGraph()
    made.add_module("house")
    made.add_import(importer=importer, imported=imported, line_number=1, line_contents="")
    return made


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("house.attic", "house.cellar"),
        ("house.attic.trunk", "house.cellar"),
        ("house.attic", "house.attic.trunk"),
        ("house.attic.trunk", "house.attic.trunk.letter"),
        ("house.attic", "house.sources.flask"),
        ("garden.shed", "house.sources.flask"),
        ("garden.shed", "house.cellar"),
        ("garden.shed", "garden.pond.fish"),
        ("house", "house.attic"),
        ("house.attic", "house"),
        ("house.attic", "flask.json.provider"),
    ],
)
def test_a_front_door_and_what_is_inside_its_own_room_may_be_imported(importer: str, imported: str) -> None:
    assert front_door(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("house.attic", "house.cellar.wine"),
        ("house.attic.trunk", "house.cellar.wine.red"),
        ("house.attic", "house.sources.flask.requests"),
        ("house", "house.attic.trunk"),
        ("house.attic", "house.attics.trunk"),
        ("garden.shed", "house.cellar.wine"),
    ],
)
def test_a_module_inside_another_room_may_not_be_imported(importer: str, imported: str) -> None:
    assert not front_door(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("house.cellar.wine", "json"),
        ("house.cellar", "importlib.metadata"),
        ("house.errors", "house.cellar"),
        ("house.attic", "flask"),
        ("garden.shed", "flask"),
        ("house", "typing"),
    ],
)
def test_the_core_may_import_the_standard_library_and_itself(importer: str, imported: str) -> None:
    assert standard_library_only(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("house.cellar.wine", "flask"),
        ("house.errors", "sqlalchemy"),
        ("house", "blinker"),
        ("house.cellar", "household"),
    ],
)
def test_the_core_may_not_import_what_has_to_be_installed(importer: str, imported: str) -> None:
    assert not standard_library_only(importer, imported)


def test_a_broken_contract_names_both_modules_and_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    contract = FrontDoorContract("name", {}, {"house": "house", "adapters": []})
    check = contract.check(graph("house.attic", "house.cellar.wine"), verbose=False)

    contract.render_broken_contract(check)

    assert "- house.attic -> house.cellar.wine (l.1)" in capsys.readouterr().out
    assert "house" not in sys.modules
