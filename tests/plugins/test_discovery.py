import logging
import sys
from pathlib import Path

import pytest

from portico.errors import PluginError
from portico.plugins import Plugin, candidate_from_class, discover

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


def test_the_bundled_plugins_are_announced() -> None:
    assert {"audit", "welcome_mail", "flaky"} <= discover().keys()


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
