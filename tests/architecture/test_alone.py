"""The wheel of the library in an environment that holds nothing else."""

import json
from pathlib import Path

import pytest

from tests.architecture.environments import Environment, build_wheel, files_in, wheels_of_installed

IMPORT_EACH = """
import importlib, json, sys
said = {}
for module in sys.argv[1:]:
    try:
        importlib.import_module(module)
    except Exception as error:
        said[module] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
"""
MISSING = {
    "portico.adapters.django": "Django is not installed; run: pip install 'portico-signals[django]'",
    "portico.adapters.flask": "Flask is not installed; run: pip install 'portico-signals[flask]'",
    "portico.adapters.flask_command": "Flask is not installed; run: pip install 'portico-signals[flask]'",
    "portico.adapters.starlette": "Starlette is not installed; run: pip install 'portico-signals[asgi]'",
    "portico.cli": "click is not installed; run: pip install 'portico-signals[cli]'",
    "portico.compat.ckan.modules": "Flask-Login is not installed; run: pip install 'portico-signals[flask]'",
    "portico.compat.ckan.pages": "Flask is not installed; run: pip install 'portico-signals[flask]'",
    "portico.console": "Flask-WTF is not installed; run: pip install 'portico-signals[console]'",
    "portico.host.sql_store": "SQLAlchemy is not installed; run: pip install 'portico-signals[sqlalchemy]'",
    "portico.sources.sqlalchemy": "SQLAlchemy is not installed; run: pip install 'portico-signals[sqlalchemy]'",
    "portico.tables": "SQLAlchemy is not installed; run: pip install 'portico-signals[sqlalchemy]'",
    "portico.testing": "pytest is not installed; run: pip install 'portico-signals[testing]'",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel("portico_signals", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and nothing else."""
    environment = Environment(tmp_path_factory.mktemp("alone"))
    environment.install(wheel)
    return environment


@pytest.fixture(scope="module")
def with_cli(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and its extra `cli`."""
    environment = Environment(tmp_path_factory.mktemp("cli"))
    wheels_of_installed(wheel.parent, "click", "rich")
    environment.install(wheel, "[cli]")
    return environment


def modules_in(wheel: Path) -> list[str]:
    modules = (name.removesuffix(".py").replace("/", ".") for name in files_in(wheel) if name.endswith(".py"))
    return sorted(module.removesuffix(".__init__") for module in modules)


def test_every_module_is_importable_or_names_the_command_that_installs_what_it_needs(
    alone: Environment, wheel: Path, tmp_path: Path
) -> None:
    finished = alone.run("python", "-c", IMPORT_EACH, *modules_in(wheel), cwd=tmp_path)

    said = json.loads(finished.stdout)
    expected = {
        module: f"MissingExtraError: {MISSING[extra]}"
        for module in said
        for extra in MISSING
        if module == extra or module.startswith(f"{extra}.")
    }
    assert set(MISSING) <= set(said)
    assert said == expected


@pytest.mark.parametrize(
    ("program", "extra"),
    [
        ("import portico.compat.ckan as ckan; ckan.install()", "flask"),
        ("import portico.toolkit as tk; tk.send_after_commit", "sqlalchemy"),
        ("from portico.host import SQLStateStore", "sqlalchemy"),
    ],
)
def test_what_is_only_missing_when_it_is_called_names_that_command_too(
    alone: Environment, tmp_path: Path, program: str, extra: str
) -> None:
    finished = alone.run("python", "-c", program, cwd=tmp_path)

    last = finished.stderr.splitlines()[-1]
    assert last.startswith("portico.errors.MissingExtraError: ")
    assert last.endswith(f"run: pip install 'portico-signals[{extra}]'")


@pytest.mark.parametrize("command", [("python", "-m", "portico"), ("portico", "--help"), ("portico", "plugins", "new")])
def test_the_command_says_in_one_line_what_to_install(
    alone: Environment, tmp_path: Path, command: tuple[str, ...]
) -> None:
    finished = alone.run(*command, cwd=tmp_path)

    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr == f"Error: the command needs more than Portico itself: {MISSING['portico.cli']}\n"


@pytest.mark.parametrize("command", [("python", "-m", "portico"), ("portico", "--help"), ("portico", "--version")])
def test_the_command_works_with_its_extra_alone(
    with_cli: Environment, tmp_path: Path, command: tuple[str, ...]
) -> None:
    finished = with_cli.run(*command, cwd=tmp_path)

    assert finished.stderr == "" or (command[-1] == "portico" and "Usage: " in finished.stderr)
    assert "portico" in finished.stdout + finished.stderr


def test_a_plugin_is_written_with_the_extra_of_the_command_alone(with_cli: Environment, tmp_path: Path) -> None:
    written = with_cli.run("portico", "plugins", "new", "my_plugin", cwd=tmp_path)

    assert written.returncode == 0, written.stderr
    assert all((tmp_path / line).is_file() for line in written.stdout.splitlines())


def test_switching_without_an_application_says_how_to_name_one(with_cli: Environment, tmp_path: Path) -> None:
    finished = with_cli.run("portico", "plugins", "list", cwd=tmp_path)

    assert finished.returncode == 2
    assert "Error: no application is named; name one in one of these ways:" in finished.stderr


def test_flask_works_without_the_extra_of_the_command_and_has_no_such_command(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    environment = Environment(tmp_path_factory.mktemp("flask"))
    wheels_of_installed(wheel.parent, "flask", "flask-login")
    environment.install(wheel, "[flask]")
    (tmp_path / "shop.py").write_text(
        "import flask, portico\napp = flask.Flask('shop')\nportico.Portico().init_app(app)\n"
    )

    routes = environment.run("flask", "--app", "shop", "routes", cwd=tmp_path)
    command = environment.run("flask", "--app", "shop", "portico", cwd=tmp_path)

    assert routes.returncode == 0, routes.stderr
    assert command.returncode == 2
    assert "No such command 'portico'" in command.stderr
