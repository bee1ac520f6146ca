"""Which application is meant."""

from pathlib import Path

import click
import pytest

from portico.cli.naming import Named, named_application
from portico.errors import ConfigurationError

EVERYTHING = {"PORTICO_APP": "variable:app", "FLASK_APP": "flask_app", "DJANGO_SETTINGS_MODULE": "settings"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder below one with a pyproject.toml that names an application."""
    (tmp_path / "pyproject.toml").write_text('[tool.portico]\napp = "project:app"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    return below


def test_the_option_comes_first(folder: Path) -> None:
    assert named_application("option:app", EVERYTHING, folder) == Named("option:app", "--app", folder)


def test_then_the_variable(folder: Path) -> None:
    assert named_application(None, EVERYTHING, folder) == Named("variable:app", "PORTICO_APP", folder)


def test_then_the_nearest_pyproject_that_names_one_whose_modules_are_beside_it(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "inner"\n')
    named = named_application(None, EVERYTHING | {"PORTICO_APP": " "}, folder)

    outer = folder.parents[1]
    assert named == Named("project:app", str(outer / "pyproject.toml"), outer)


def test_then_flask_and_django(tmp_path: Path) -> None:
    del (left := dict(EVERYTHING))["PORTICO_APP"]

    flask = named_application(None, left, tmp_path)
    django = named_application(None, {"DJANGO_SETTINGS_MODULE": "settings"}, tmp_path)

    assert (flask.text, flask.is_django) == ("flask_app", False)
    assert (django.text, django.is_django) == ("settings", True)


def test_where_none_is_named_the_ways_to_name_one_are(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError) as refused:
        named_application(None, {}, tmp_path)

    for way in ("--app", "PORTICO_APP", "[tool.portico]", "FLASK_APP", "DJANGO_SETTINGS_MODULE"):
        assert way in refused.value.message


def test_an_option_that_names_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="name an application"):
        named_application(" ", EVERYTHING, tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.portico\n", "cannot read"),
        ("[tool.portico]\napp = 3\n", 'is 3; write "MODULE:NAME"'),
        ('[tool.portico]\napp = ""\n', "write"),
    ],
)
def test_a_pyproject_that_cannot_be_used_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)

    with pytest.raises(ConfigurationError, match=message) as refused:
        named_application(None, {}, tmp_path)
    assert "pyproject.toml" in str(refused.value)


@pytest.mark.parametrize("content", ["", "[tool]\nportico = 3\n", "tool = 3\n", "[tool.portico]\nother = 1\n"])
def test_a_pyproject_that_says_nothing_of_it_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)

    assert named_application(None, {"FLASK_APP": "shop"}, tmp_path).by == "FLASK_APP"


@pytest.mark.parametrize(
    ("text", "module", "expression"),
    [
        ("shop", "shop", ""),
        ("shop:app", "shop", "app"),
        ("shop.wsgi:make('a:b')", "shop.wsgi", "make('a:b')"),
        ("src/shop.py:app", "src/shop.py", "app"),
        (r"C:\shop.py:app", r"C:\shop.py", "app"),
        ("shop : app", "shop", "app"),
    ],
)
def test_a_name_is_a_module_and_what_is_in_it(tmp_path: Path, text: str, module: str, expression: str) -> None:
    named = Named(text, "--app", tmp_path)

    assert (named.module, named.expression) == (module, expression)
