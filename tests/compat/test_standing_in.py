import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from portico.compat import blinker, django_dispatch, pydispatcher
from portico.compat.standing_in import stand_in
from portico.errors import ConfigurationError


@pytest.fixture
def package() -> Iterator[str]:
    """An imported package that has a module to stand in for."""
    sys.modules["a_package"] = ModuleType("a_package")
    yield "a_package"
    for name in [name for name in sys.modules if name.startswith("a_package")]:
        del sys.modules[name]


def test_a_module_that_stands_in_is_what_is_imported(package: str) -> None:
    module = ModuleType("ours")

    stand_in({f"{package}.part": module})

    assert importlib.import_module("a_package.part") is module
    assert sys.modules[package].part is module


def test_undoing_leaves_nothing_behind(package: str) -> None:
    undo = stand_in({f"{package}.part": ModuleType("ours")})

    undo()
    undo()

    assert f"{package}.part" not in sys.modules
    assert not hasattr(sys.modules[package], "part")


def test_standing_in_twice_is_undone_by_the_first(package: str) -> None:
    module = ModuleType("ours")
    undo = stand_in({f"{package}.part": module})

    stand_in({f"{package}.part": module})()

    assert sys.modules[f"{package}.part"] is module
    undo()
    assert f"{package}.part" not in sys.modules


def test_what_is_imported_already_is_not_replaced(package: str) -> None:
    theirs = sys.modules["a_package.part"] = ModuleType("theirs")

    with pytest.raises(ConfigurationError, match=r"a_package\.part"):
        stand_in({"a_package.other": ModuleType("ours"), "a_package.part": ModuleType("ours")})

    assert sys.modules["a_package.part"] is theirs
    assert "a_package.other" not in sys.modules


@pytest.mark.parametrize("library", ["blinker.base", "django.dispatch", "pydispatch.dispatcher"])
def test_a_facade_refuses_to_replace_the_library_that_it_stands_in_for(library: str) -> None:
    importlib.import_module(library)
    facade = {"blinker": blinker, "django": django_dispatch, "pydispatch": pydispatcher}[library.partition(".")[0]]

    with pytest.raises(ConfigurationError, match=library.partition(".")[0]):
        facade.install()
