import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from portico.cli.plugins.new import NewPlugin
from portico.errors import PluginError
from tests.cli.applications import install

PORTICO = Path(sys.executable).with_name("portico")


def new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PORTICO, "plugins", "new", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def plugin(name: str = "my_plugin", **more: str) -> NewPlugin:
    given = {"author": "Jane Doe", "summary": "Greets.", "licence": "MIT"} | more
    return NewPlugin(name, **given)


def test_its_files_are_the_data_and_what_to_do_next_is_a_message(tmp_path: Path) -> None:
    written = new(tmp_path, "my_plugin", "somewhere")

    assert "somewhere/src/my_plugin/plugin.py" in written.stdout.splitlines()
    assert all((tmp_path / line).is_file() for line in written.stdout.splitlines())
    assert "cd somewhere" in written.stderr
    assert "portico plugins enable my_plugin" in written.stderr


def test_its_files_are_told_to_programs(tmp_path: Path) -> None:
    told = json.loads(new(tmp_path, "my_plugin", "--json").stdout)

    assert (told["name"], told["folder"]) == ("my_plugin", "my-plugin")
    assert {"pyproject.toml", ".gitignore", "LICENSE", "tests/test_my_plugin.py"} <= set(told["files"])


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "my-plugin").mkdir()
    (tmp_path / "my-plugin" / "thesis.tex").write_text("years of work")

    finished = new(tmp_path, "my_plugin")

    assert finished.returncode == 1
    assert finished.stderr == "Error: 'my-plugin' exists and is not empty; name a new folder\n"
    assert [path.name for path in (tmp_path / "my-plugin").iterdir()] == ["thesis.tex"]


def test_what_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(PluginError, match="cannot write"):
        plugin().write(tmp_path / "file" / "my-plugin")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("my-plugin", "such as 'my_plugin'"),
        ("MyPlugin", "use small letters, such as 'myplugin'"),
        ("3d viewer", "such as 'my_3d_viewer'"),
        ("class", "such as 'my_class'"),
        ("_hidden", "such as 'hidden'"),
        ("größe", "use a Python name"),
        ("../evil", "such as 'evil'"),
        ("", "such as 'my_plugin'"),
        ("json", "a module that is installed has that name"),
        ("flask", "a module that is installed has that name"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(PluginError, match=hint):
        plugin(name)


def test_the_name_of_an_installed_plugin_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "greeter")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PluginError, match="an installed plugin has that name"):
        plugin("greeter")


@pytest.mark.parametrize(
    ("licence", "first", "key"),
    [
        ("MIT", "MIT License", "license"),
        ("BSD-3-Clause", "BSD 3-Clause License", "license"),
        ("ISC", "ISC License", "license"),
        ("none", "Copyright (c)", "classifiers"),
    ],
)
def test_the_licence_is_chosen(tmp_path: Path, licence: str, first: str, key: str) -> None:
    plugin(licence=licence).write(tmp_path)

    text = (tmp_path / "LICENSE").read_text()
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert text.startswith(first)
    assert "Jane Doe" in text
    assert licence in project[key] or key == "classifiers"


def test_whatever_is_typed_as_author_and_summary_stays_text(tmp_path: Path) -> None:
    typed = 'He said """$name" \\ and\nwent [away]'

    plugin(author=typed, summary=typed).write(tmp_path)

    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert project["authors"] == [{"name": 'He said """$name" \\ and went [away]'}]
    assert project["description"].startswith("He said")
    compile((tmp_path / "src" / "my_plugin" / "plugin.py").read_text(), "plugin.py", "exec")
