"""How plugins are found: installed ones, and those of a folder."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from portico import ext
from portico.errors import ConfigurationError, PluginError
from portico.plugins import Plugin, PluginFolder, PluginManager, PluginState, candidate_from_class, discover
from tests.plugins.conftest import WriteModules

METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: 1.2
Summary: Says hello.
Author: Jane
Project-URL: Source, https://example.org/source
Project-URL: Homepage, https://example.org
"""


def install(folder: Path, name: str, entry_points: str) -> None:
    """Lay out an installed distribution that announces plugins in the group `portico.test_plugins`."""
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(name=name))
    (info / "entry_points.txt").write_text(f"[portico.test_plugins]\n{entry_points}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_plugins_are_listed_with_their_distribution_s_facts_and_not_imported(site: Path) -> None:
    install(site, "hello", "hello = hello_of_discovery:Hello")
    (site / "hello_of_discovery.py").write_text("raise AssertionError('imported')")

    found = discover("portico.test_plugins")

    assert list(found) == ["hello"]
    hello = found["hello"]
    assert (hello.origin, hello.version, hello.summary) == ("hello_of_discovery:Hello", "1.2", "Says hello.")
    assert (hello.author, hello.url) == ("Jane", "https://example.org")
    assert "hello_of_discovery" not in sys.modules


def test_what_a_distribution_of_several_plugins_says_of_itself_describes_none_of_them(site: Path) -> None:
    install(site, "both", "one = both:One\ntwo = both:Two")

    assert {candidate.summary for candidate in discover("portico.test_plugins").values()} == {None}


def test_of_two_plugins_of_one_name_one_is_used_and_the_other_is_reported(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install(site, "first", "hello = first:Hello")
    install(site, "second", "hello = second:Hello")

    with caplog.at_level(logging.WARNING):
        found = discover("portico.test_plugins")

    assert len(found) == 1
    assert "two plugins are called 'hello'" in caplog.text
    assert "rename one" in caplog.text


def test_a_class_at_hand_is_named_by_its_name_attribute_or_its_own_name() -> None:
    class Hello(Plugin):
        """Says hello.

        At length.
        """

    class Named(Plugin):
        name = "greeter"

    assert candidate_from_class(Hello).name == "Hello"
    assert candidate_from_class(Hello).summary == "Says hello."
    assert candidate_from_class(Named).name == "greeter"
    assert candidate_from_class(Named).load() is Named


def test_something_that_is_no_plugin_class_is_refused() -> None:
    with pytest.raises(PluginError, match="cannot use <class 'int'> as a plugin"):
        candidate_from_class(int)


@pytest.mark.parametrize(
    "value", ["speedy_mod [speed]", "speedy_mod : Speedy [speed, more]", "speedy_mod:Speedy[speed]"]
)
def test_an_entry_point_with_extras_or_blanks_is_matched_to_its_module(site: Path, value: str) -> None:
    install(site, "speedy", f"speedy = {value}")

    candidate = discover("portico.test_plugins")["speedy"]

    assert candidate.module == "speedy_mod"
    assert candidate.origin == ("speedy_mod" if "Speedy" not in value else "speedy_mod:Speedy")


def test_what_a_module_with_extras_connects_is_suspended_while_its_plugin_is_off(site: Path) -> None:
    install(site, "c09", "speedy = speedy_connecting [speed]")
    (site / "speedy_connecting.py").write_text(
        "from portico import Plugin, ext\n"
        "class Speedy(Plugin): pass\n"
        "@ext.signal('speedy:x').connect\n"
        "def hear(sender): return 'heard'\n"
    )
    manager = PluginManager(discover("portico.test_plugins").values())
    manager.open()

    import_module("speedy_connecting")
    off = ext.signal("speedy:x").collect()
    manager.enable("speedy")
    on = ext.signal("speedy:x").collect()
    manager.close()

    del sys.modules["speedy_connecting"]
    assert (off, on) == ([], ["heard"])


BROKEN = {
    "metadata that is no text": ("METADATA", b"Metadata-Version: 2.1\nName: \xff\xfe\n"),
    "an entry point without a value": ("entry_points.txt", b"[portico.test_plugins]\nnonsense\n"),
    "entry points that are no text": ("entry_points.txt", b"[portico.test_plugins]\n\xff = x:Y\n"),
}


@pytest.mark.parametrize(("file", "content"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_distribution_stops_no_other(
    site: Path, caplog: pytest.LogCaptureFixture, file: str, content: bytes
) -> None:
    install(site, "broken", "lost = broken:Lost")
    (site / "broken-1.2.dist-info" / file).write_bytes(content)
    install(site, "hello", "hello = hello_of_discovery:Hello")

    with caplog.at_level(logging.WARNING):
        found = discover("portico.test_plugins")

    assert list(found) == ["hello"]
    (record,) = caplog.records
    assert re.search(
        r"left out what .*broken-1\.2\.dist-info announces, which cannot be read: \w+Error", record.message
    )


def test_a_distribution_without_metadata_does_no_harm(site: Path) -> None:
    install(site, "broken", "lost = broken:Lost")
    (site / "broken-1.2.dist-info" / "METADATA").unlink()
    install(site, "hello", "hello = hello_of_discovery:Hello")

    assert "hello" in discover("portico.test_plugins")


def test_of_a_distribution_that_is_there_twice_the_first_on_the_path_counts(
    site: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "hel_lo", "hello = old:Hello")
    newer = tmp_path_factory.mktemp("newer")
    install(newer, "Hel.Lo", "hello = new:Hello")
    monkeypatch.syspath_prepend(newer)

    assert [each.origin for each in discover("portico.test_plugins").values()] == ["new:Hello"]


def test_an_entry_point_that_names_no_module_is_listed_and_cannot_be_enabled(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install(site, "hello", "hello = not a module!")
    found = discover("portico.test_plugins")
    manager = PluginManager(found.values())

    if not found:  # From Python 3.15 on such a file cannot be read at all.
        assert "hello-1.2.dist-info announces, which cannot be read" in caplog.text
        return
    assert [note.kind for note in manager.get("hello").notes] == ["unusable"]
    with pytest.raises(PluginError, match="'not a module!' is not of the form module:Class"):
        manager.enable("hello")
    manager.close()


UNUSABLE = ["", " ", "a/b", ".", "..", "x.json", "line\nbreak", "esc\x1b[2J", "lone \udce9", " blank", "n" * 201]


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_class_whose_name_can_have_no_page_is_refused(name: str) -> None:
    named = type("Named", (Plugin,), {"name": name})

    with pytest.raises(PluginError, match=r"a plugin of '.*:Named' cannot be called .*; rename it"):
        candidate_from_class(named)


@pytest.mark.parametrize("name", ["déjà-vu", "two words", "a.b", "x.json.gz", "100%", "?#&", "日本", "n" * 200])
def test_other_names_are_taken(name: str) -> None:
    assert candidate_from_class(type("Named", (Plugin,), {"name": name})).name == name


def test_an_entry_point_whose_name_can_have_no_page_is_left_out_and_reported(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install(site, "hello", "a/b = hello:Hello\nhello = hello:Hello")

    assert list(discover("portico.test_plugins")) == ["hello"]
    assert "left out a plugin: a plugin of 'hello:Hello' cannot be called 'a/b'" in caplog.text


def test_what_a_distribution_says_of_itself_is_fit_to_be_printed(site: Path) -> None:
    install(site, "hello", "hello = hello:Hello")
    (site / "hello-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: hello\nVersion: 1.2\nSummary: Says \x1b[31mhello.\nAuthor: J\x07ane\n"
    )

    hello = discover("portico.test_plugins")["hello"]

    assert (hello.summary, hello.author) == ("Says \\x1b[31mhello.", "J\\x07ane")


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
