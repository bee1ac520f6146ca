"""What modules connect at import, and whose that is."""

import importlib
import sys
from typing import Any

import pytest

from portico.compat import django_dispatch
from portico.errors import PluginError
from portico.plugins import PluginManager, PluginState
from portico.signals import Namespace, Signal
from tests.plugins.conftest import WriteModules, candidate

CONNECTING = """
from portico.signals import Namespace

signal = Namespace({namespace!r}).signal("happened")

@signal.connect
def at_import(sender):
    return {word!r}
"""
PLUGIN = """
from portico.plugins import Plugin
{imports}

class Found(Plugin):
    pass
"""


@pytest.fixture
def two(acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]) -> PluginManager:
    """Plugin alfa, whose import imports a module of plugin bravo."""
    connecting = CONNECTING.format(namespace=acme.name, word="bravo")
    write_modules(
        {
            "alfa_home/__init__.py": "",
            "alfa_home/plugin.py": PLUGIN.format(imports="import bravo_home.listeners"),
            "bravo_home/__init__.py": "",
            "bravo_home/listeners.py": connecting,
            "bravo_home/plugin.py": PLUGIN.format(imports="import bravo_home.listeners"),
        }
    )
    managers.append(
        PluginManager(
            [candidate("alfa", "alfa_home.plugin"), candidate("bravo", "bravo_home.plugin")], order=["alfa", "bravo"]
        )
    )
    return managers[0]


def test_what_a_module_connects_belongs_to_its_plugin_whoever_imports_it(acme: Namespace, two: PluginManager) -> None:
    signal = acme.signal("happened")

    two.enable("alfa")
    assert "bravo_home.listeners" in sys.modules
    assert signal.collect() == []
    assert two.get("alfa").subscriptions == ()

    two.enable("bravo")
    assert signal.collect() == ["bravo"]
    two.disable("alfa")
    assert signal.collect() == ["bravo"]
    two.disable("bravo")
    assert signal.collect() == []
    assert two.leaked_by("bravo") == ()


def test_nothing_is_imported_twice(acme: Namespace, two: PluginManager) -> None:
    two.enable("bravo")
    first = sys.modules["bravo_home.listeners"]

    two.disable("bravo")
    two.enable("bravo")

    assert sys.modules["bravo_home.listeners"] is first
    assert acme.signal("happened").collect() == ["bravo"]


def test_a_later_manager_restores_what_was_imported_under_an_earlier_one(acme: Namespace, two: PluginManager) -> None:
    signal = acme.signal("happened")
    two.enable("bravo")
    two.close()
    assert signal.collect() == []

    later = PluginManager([candidate("bravo", "bravo_home.plugin")])
    later.enable("bravo")

    assert signal.collect() == ["bravo"]
    later.close()
    assert signal.collect() == []


def test_what_the_application_imported_before_belongs_to_the_plugin_all_the_same(
    acme: Namespace, two: PluginManager
) -> None:
    signal = acme.signal("happened")
    importlib.import_module("bravo_home.listeners")
    assert signal.collect() == ["bravo"]

    two.open()
    assert signal.collect() == []
    two.enable("bravo")
    assert signal.collect() == ["bravo"]
    two.disable("bravo")

    assert signal.collect() == []


def test_what_a_plugin_s_code_connects_later_outside_of_any_scope_goes_with_it(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal = acme.signal("happened")
    write_modules(
        {
            "late_home/__init__.py": "",
            "late_home/plugin.py": PLUGIN.format(imports="")
            + "def connect(signal):\n    signal.connect(lambda sender: 'late')\n",
        }
    )
    managers.append(PluginManager([candidate("late", "late_home.plugin")]))
    managers[0].enable("late")

    sys.modules["late_home.plugin"].connect(signal)
    assert signal.collect() == ["late"]
    managers[0].disable("late")

    assert signal.collect() == []
    assert managers[0].leaked_by("late") == ()


LATE = """
def connect(signal):
    signal.connect(late)

def connect_for_a_block(signal, act):
    with signal.connected_to(late):
        return act()

def connect_through_a_facade(signal):
    signal.connect(late, weak=False)

def late(sender, **payload):
    return "late"
"""


@pytest.fixture
def late(write_modules: WriteModules, managers: list[PluginManager]) -> PluginManager:
    """A manager with one enabled plugin, `late`, whose code connects when it is told to."""
    write_modules({"late_home/__init__.py": "", "late_home/plugin.py": PLUGIN.format(imports="") + LATE})
    managers.append(PluginManager([candidate("late", "late_home.plugin")]))
    managers[0].enable("late")
    return managers[0]


@pytest.mark.parametrize("name", ["", "alone"])
def test_a_late_connection_to_a_signal_without_a_namespace_goes_with_its_plugin(name: str, late: PluginManager) -> None:
    signal = Signal[...](name)
    sys.modules["late_home.plugin"].connect(signal)
    before = signal.collect()

    late.disable("late")

    assert before == ["late"]
    assert signal.collect() == []
    assert late.leaked_by("late") == ()


def test_what_code_of_a_disabled_plugin_connects_to_a_signal_without_a_namespace_is_a_leak(
    late: PluginManager,
) -> None:
    late.disable("late")
    signal = Signal[...]("alone")

    sys.modules["late_home.plugin"].connect(signal)

    assert late.leaked_by("late") == ("late_home.plugin.late at alone",)


def test_a_late_connection_for_a_block_goes_with_its_plugin(acme: Namespace, late: PluginManager) -> None:
    signal = acme.signal("later")

    def collect_and_disable() -> tuple[list[Any], list[Any]]:
        before = signal.collect()
        late.disable("late")
        return before, signal.collect()

    assert sys.modules["late_home.plugin"].connect_for_a_block(signal, collect_and_disable) == (["late"], [])


def test_a_late_connection_through_a_facade_goes_with_its_plugin(late: PluginManager) -> None:
    signal = django_dispatch.Signal()
    sys.modules["late_home.plugin"].connect_through_a_facade(signal)
    before = signal.send("eu")

    late.disable("late")

    assert [value for _, value in before] == ["late"]
    assert signal.send("eu") == []
    assert late.leaked_by("late") == ()


def test_two_plugins_of_one_package_share_what_its_modules_connect_until_both_are_off(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal = acme.signal("happened")
    write_modules(
        {
            "pair/__init__.py": "import pair.listeners",
            "pair/listeners.py": CONNECTING.format(namespace=acme.name, word="shared"),
            "pair/one.py": PLUGIN.format(imports=""),
            "pair/two.py": PLUGIN.format(imports=""),
        }
    )
    manager = PluginManager([candidate("one", "pair.one"), candidate("two", "pair.two")])
    managers.append(manager)

    manager.enable_all(["one", "two"])
    assert signal.collect() == ["shared"]
    manager.disable("one")
    assert signal.collect() == ["shared"]
    assert manager.leaked_by("one") == ()
    manager.disable("two")

    assert signal.collect() == []


def test_a_namespace_package_belongs_to_none_of_the_plugins_in_it(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal = acme.signal("happened")
    write_modules(
        {
            "shared_names/library.py": CONNECTING.format(namespace=acme.name, word="library"),
            "shared_names/one.py": PLUGIN.format(imports=""),
        }
    )
    managers.append(PluginManager([candidate("one", "shared_names.one")]))
    managers[0].open()

    importlib.import_module("shared_names.library")

    assert signal.collect() == ["library"]


def test_a_plugin_in_a_package_of_its_own_does_not_own_the_package_around_it(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal = acme.signal("happened")
    write_modules(
        {
            "around/__init__.py": "",
            "around/other.py": CONNECTING.format(namespace=acme.name, word="other"),
            "around/mine/__init__.py": PLUGIN.format(imports="import around.other, around.mine.inside"),
            "around/mine/inside.py": CONNECTING.format(namespace=acme.name, word="inside"),
        }
    )
    managers.append(PluginManager([candidate("mine", "around.mine")]))
    managers[0].open()
    importlib.import_module("around.other")

    managers[0].enable("mine")
    assert signal.collect() == ["other", "inside"]
    managers[0].disable("mine")

    assert signal.collect() == ["other"]


def test_a_library_that_a_plugin_imports_first_is_connected_as_long_as_the_plugin(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal = acme.signal("happened")
    write_modules(
        {
            "some_library.py": CONNECTING.format(namespace=acme.name, word="library"),
            "using/__init__.py": "",
            "using/plugin.py": PLUGIN.format(imports="import some_library"),
        }
    )
    managers.append(PluginManager([candidate("using", "using.plugin")]))

    for _ in range(2):
        managers[0].enable("using")
        assert signal.collect() == ["library"]
        managers[0].disable("using")
        assert signal.collect() == []


def test_of_an_import_that_fails_half_way_what_is_imported_stays_and_is_connected_once(
    acme: Namespace, write_modules: WriteModules, managers: list[PluginManager]
) -> None:
    signal: Any = acme.signal("happened")
    connecting = CONNECTING.format(namespace=acme.name, word="listeners")
    write_modules(
        {
            "half/__init__.py": "",
            "half/ready.txt": "",
            "half/listeners.py": connecting,
            "half/plugin.py": PLUGIN.format(imports="import half.listeners, half.missing"),
        }
    )
    manager = PluginManager([candidate("half", "half.plugin")])
    managers.append(manager)
    with pytest.raises(PluginError, match="it failed at import: ModuleNotFoundError"):
        manager.enable("half")
    assert signal.collect() == []

    write_modules({"half/missing.py": ""})
    manager.enable("half")

    assert manager.get("half").state is PluginState.ENABLED
    assert signal.collect() == ["listeners"]


def test_a_module_keeps_its_own_loader(write_modules: WriteModules, two: PluginManager) -> None:
    two.enable("bravo")

    module = sys.modules["bravo_home.plugin"]

    assert module.__spec__ is not None
    assert type(module.__spec__.loader).__name__ == "SourceFileLoader"
    assert module.__loader__ is module.__spec__.loader


def test_closing_takes_the_watch_off_the_import_system(two: PluginManager) -> None:
    before = list(sys.meta_path)
    two.open()
    assert sys.meta_path != before

    two.close()

    assert sys.meta_path == before
