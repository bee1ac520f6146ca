"""Modules of plugins that are run again: reloaded, or written anew and reloaded."""

import importlib
import sys
from collections.abc import Callable

import pytest

from portico.plugins import PluginManager
from portico.signals import Namespace, Ownership
from tests.plugins.conftest import WriteModules, candidate, saying

RELOADED = """
from portico.plugins import Plugin
from portico.signals import Namespace

@Namespace({namespace!r}).signal
def placed(region: str, /) -> None:
    "Sent after an order is stored."

@placed.connect
def first(region):
    return "first {version}"

def connect_late():
    placed.connect(lambda region: "late")

class Found(Plugin):
    pass
"""


@pytest.fixture
def run_again(acme: Namespace, write_modules: WriteModules, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Write the module of plugin `again`, in the version given, and import it, or reload it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Two versions within one second are two versions.

    def run(version: int) -> None:
        write_modules({"again_home.py": RELOADED.format(namespace=acme.name, version=version)})
        loaded = sys.modules.get("again_home")
        if loaded:
            importlib.reload(loaded)
        else:
            importlib.import_module("again_home")

    return run


@pytest.fixture
def again(run_again: Callable[[int], None], managers: list[PluginManager]) -> PluginManager:
    """A manager with one enabled plugin, `again`, whose module is loaded in version 1."""
    managers.append(PluginManager([candidate("again", "again_home")]))
    run_again(1)
    managers[0].enable("again")
    return managers[0]


def test_a_plugin_s_module_that_is_reloaded_is_heard_once_and_in_its_old_place(
    acme: Namespace, again: PluginManager, run_again: Callable[[int], None]
) -> None:
    placed = acme.signal("placed")
    with Ownership("later", rank=placed.subscriptions[0]._rank):
        placed.connect(saying("other"))

    run_again(2)
    heard = placed.collect("eu")
    again.disable("again")

    assert heard == ["first 2", "other"]
    assert placed.collect("eu") == ["other"]
    assert again.leaked_by("again") == ()


def test_the_module_of_a_disabled_plugin_that_is_reloaded_stays_silent_until_it_is_enabled(
    acme: Namespace, again: PluginManager, run_again: Callable[[int], None]
) -> None:
    again.disable("again")
    run_again(2)
    before = acme.signal("placed").collect("eu")
    again.enable("again")

    assert before == []
    assert acme.signal("placed").collect("eu") == ["first 2"]


def test_what_a_plugin_s_code_connected_late_survives_the_reloading_of_its_module(
    acme: Namespace, again: PluginManager, run_again: Callable[[int], None]
) -> None:
    sys.modules["again_home"].connect_late()
    again.disable("again")
    again.enable("again")
    run_again(2)

    heard = acme.signal("placed").collect("eu")
    again.disable("again")

    assert heard == ["first 2", "late"]
    assert acme.signal("placed").collect("eu") == []


def test_a_module_that_is_reloaded_while_nobody_manages_its_plugin_is_heard_once_under_the_next_manager(
    acme: Namespace, again: PluginManager, run_again: Callable[[int], None], managers: list[PluginManager]
) -> None:
    again.close()
    run_again(2)
    managers.append(PluginManager([candidate("again", "again_home")]))
    managers[1].enable("again")

    assert acme.signal("placed").collect("eu") == ["first 2"]
