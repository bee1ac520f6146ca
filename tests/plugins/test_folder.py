import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portico.errors import ConfigurationError, PluginError
from portico.plugins import PluginFolder, PluginManager, PluginState
from tests.plugins.conftest import WriteModules

ONE = '''
from portico.plugins import IPluginBootstrap, Plugin, implements

class Hello(Plugin):
    """Says hello."""

    implements(IPluginBootstrap)
    greeted = 0

    def bootstrap(self):
        type(self).greeted += 1
'''
# As plugins of the media portal are written: classes for each interface, instantiated at import.
INSTANTIATING = '''
from portico.plugins import IAppRegister, IPluginBootstrap, ISignal, Plugin, implements
from portico.signals import Namespace

class TestPluginRegister(Plugin):
    implements(IAppRegister)

    def __call__(self):
        return {"name": "The test app", "version": "1.0.0", "author": "Jane", "author_url": "https://example.org",
                "notes": "Copyright by nobody"}

class TestPluginBootstrap(Plugin):
    """Starts the test app."""

    implements(IPluginBootstrap)

    def __init__(self):
        self.started = []

    def bootstrap(self):
        self.started.append(self)

class Unused(Plugin):
    pass

TestPluginRegister()
pluginbootstrap = TestPluginBootstrap()
'''


@pytest.fixture
def manager(tmp_path: Path, request: pytest.FixtureRequest, write_modules: WriteModules) -> Iterator[PluginManager]:
    """A manager over the folder; the modules are written before by a marker."""
    write_modules(request.param)
    (tmp_path / "folder").mkdir(exist_ok=True)
    folder = PluginFolder(tmp_path / "folder")
    undo = folder.open()
    made = PluginManager(folder.candidates().values())
    yield made
    made.close()
    undo()


def in_folder(**sources: str) -> pytest.MarkDecorator:
    files = {f"folder/{name.replace('__init', '/__init__')}.py": source for name, source in sources.items()}
    return pytest.mark.parametrize("manager", [files], indirect=True, ids=[""])


@in_folder(hello_there=ONE, package_there__init=ONE, _hidden=ONE)
def test_modules_and_packages_are_listed_by_their_names_and_not_imported(manager: PluginManager) -> None:
    assert [status.name for status in manager.list()] == ["hello_there", "package_there"]
    assert "hello_there" not in sys.modules


@in_folder(hello_there=ONE)
def test_the_only_plugin_class_of_a_module_is_the_plugin(manager: PluginManager) -> None:
    status = manager.enable("hello_there")

    assert (status.state, status.summary) == (PluginState.ENABLED, "Says hello.")
    assert manager.instance("hello_there").greeted == 1


@in_folder(test_app=INSTANTIATING)
def test_the_instances_that_a_module_makes_at_import_are_the_plugin_all_together(manager: PluginManager) -> None:
    status = manager.enable("test_app")

    bootstrap = sys.modules["test_app"].pluginbootstrap
    assert bootstrap.started == [bootstrap]
    assert (status.title, status.version, status.author) == ("The test app", "1.0.0", "Jane")
    assert (status.url, status.about) == ("https://example.org", "Copyright by nobody")


@in_folder(two_classes=ONE + ONE.replace("Hello", "Bye"), nothing="")
def test_a_module_that_does_not_say_which_is_its_plugin_is_refused(manager: PluginManager) -> None:
    with pytest.raises(PluginError, match=r"is to hold one plugin class, .* it has: Hello, Bye"):
        manager.enable("two_classes")
    with pytest.raises(PluginError, match="it has: none"):
        manager.enable("nothing")


@in_folder(json=ONE)
def test_a_module_whose_name_is_taken_is_refused_and_shadows_nothing(manager: PluginManager) -> None:
    with pytest.raises(PluginError, match=r"the name 'json' is taken by .*; rename the plugin"):
        manager.enable("json")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"plugin_folder is .*, which is not a folder"):
        PluginFolder(tmp_path / "nowhere")


def test_a_file_whose_name_is_no_module_is_listed_as_unusable_and_says_why(tmp_path: Path) -> None:
    for name in ("my-plugin.py", "class.py", os.fsdecode(b"caf\xe9.py"), "x.json.py", "notes.txt", ".hidden.py"):
        (tmp_path / name).write_text(ONE)
    (tmp_path / "3d").mkdir()
    (tmp_path / "3d" / "__init__.py").write_text(ONE)
    manager = PluginManager(PluginFolder(tmp_path).candidates().values())

    listed = {status.name: status.notes for status in manager.list()}

    assert sorted(listed) == ["3d", "caf\\udce9", "class", "my-plugin"]
    assert [note.text for note in listed["my-plugin"]] == [
        "'my-plugin' is no name of a module; use letters, digits and _ only"
    ]
    with pytest.raises(PluginError, match="'my-plugin' is no name of a module"):
        manager.enable("my-plugin")
    manager.close()


def test_a_file_that_can_have_no_page_is_left_out_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.json.py").write_text(ONE)

    assert PluginFolder(tmp_path).candidates() == {}
    assert "left out a plugin of the folder: a plugin of 'x.json' cannot be called 'x.json'" in caplog.text
