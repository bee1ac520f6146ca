"""Writes a new plugin as a distribution of its own, with tests and a licence, into an empty folder."""

import json
import keyword
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from portico.errors import PluginError
from portico.plugins import GROUP, discover

# Extensions of CKAN may stand in the same listing.
GROUPS = (GROUP, "ckan.plugins")

FILES = {
    "pyproject.toml": "pyproject.toml.template",
    "README.md": "README.md.template",
    "LICENSE": "LICENSE-$license.template",
    ".gitignore": "gitignore.template",
    "src/$name/__init__.py": "init.py.template",
    "src/$name/plugin.py": "plugin.py.template",
    "src/$name/signals.py": "signals.py.template",
    "src/$name/py.typed": "",
    "tests/test_$name.py": "test_plugin.py.template",
}


class NewPlugin:
    """A plugin that is to be written.

    Args:
        name: what it is called, and its package.
        author: who wrote it; None for nobody in particular.
        summary: what it does, in one sentence.
        licence: `MIT`, `BSD-3-Clause`, `ISC` or `none`.

    Raises:
        PluginError: the name cannot be one, or is taken.
    """

    def __init__(self, name: str, *, author: str | None, summary: str, licence: str) -> None:
        _check_name(name)
        self.name = name
        self.distribution = name.replace("_", "-")
        words = [word.capitalize() for word in name.split("_") if word]
        author = _one_line(author or f"The authors of {self.distribution}")
        # In a docstring and in a string of a file: whatever is typed is text there.
        summary = _one_line(summary).replace("\\", "").replace('"', "'")
        self._values = {
            "name": name,
            "distribution": self.distribution,
            "class_name": "".join(words[:-1] if words[-1] == "Plugin" and words[:-1] else words) + "Plugin",
            "summary": summary,
            "summary_toml": json.dumps(summary, ensure_ascii=False),
            "author": author,
            "author_toml": json.dumps(author, ensure_ascii=False),
            "license": licence,
            "license_toml": _license_toml(licence),
            "portico_version": version("portico-signals"),
            "year": str(datetime.now(UTC).year),
        }

    def write(self, folder: Path) -> list[str]:
        """Write every file; return their paths in the folder. After a failure the folder is as it was.

        Raises:
            PluginError: the folder holds something, or cannot be written.
        """
        was_there = folder.exists()
        try:
            if was_there and (not folder.is_dir() or any(folder.iterdir())):
                raise PluginError(f"{str(folder)!r} exists and is not empty; name a new folder")
            return [self._write_one(folder, target, template) for target, template in FILES.items()]
        except OSError as error:
            self._take_back(folder, was_there=was_there)
            raise PluginError(f"cannot write {str(folder)!r}: {error.strerror}") from error

    def next_steps(self, folder: Path) -> str:
        """What to do with it now, for a person to read."""
        return (
            f"The plugin {self.name} is written. What to do next:\n"
            f"  cd {folder}\n"
            "  pip install --editable '.[test]'   # where the portal is installed\n"
            "  pytest\n"
            f"  portico plugins enable {self.name}\n"
            f"What it hears and does is in {folder / 'src' / self.name / 'plugin.py'}."
        )

    def _write_one(self, folder: Path, target: str, template: str) -> str:
        file = _fill(target, self._values)
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(_fill(_read(_fill(template, self._values)), self._values))
        return file

    def _take_back(self, folder: Path, *, was_there: bool) -> None:
        # It was empty or not there: everything in it is ours.
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
            return
        for name in {Path(_fill(target, self._values)).parts[0] for target in FILES}:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _check_name(name: str) -> None:
    refused = f"a plugin cannot be called {name!r}:"
    if not name.isascii() or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise PluginError(f"{refused} use a Python name, such as {_suggest(name)!r}")
    if name != name.lower():
        raise PluginError(f"{refused} use small letters, such as {name.lower()!r}")
    if any(name in discover(group) for group in GROUPS):
        raise PluginError(f"{refused} an installed plugin has that name; choose another")
    if name in sys.stdlib_module_names or find_spec(name) is not None:
        raise PluginError(f"{refused} a module that is installed has that name; choose another")


def _suggest(name: str) -> str:
    letters = "".join(each if each.isascii() and each.isalnum() else "_" for each in name.lower()).strip("_")
    suggestion = "_".join(part for part in letters.split("_") if part)
    fits = suggestion.isidentifier() and not keyword.iskeyword(suggestion)
    return suggestion if fits else f"my_{suggestion}" if suggestion else "my_plugin"


def _license_toml(licence: str) -> str:
    expression = f'license = "{licence}"\n' if licence != "none" else 'classifiers = ["Private :: Do Not Upload"]\n'
    return expression + 'license-files = ["LICENSE"]'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _read(template: str) -> str:
    if not template:
        return ""
    return (files("portico.cli.plugins") / "template" / template).read_text(encoding="utf-8")


def _fill(text: str, values: Mapping[str, str]) -> str:
    return Template(text).substitute(values)
