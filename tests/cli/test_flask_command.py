"""`flask portico ...`: the same commands, about the application that Flask was told of."""

import sys
from pathlib import Path

import flask
import pytest

from portico import Plugin, Portico
from portico.adapters.flask import host_of
from tests.cli.applications import FLASK, FLASK_APPLICATION, call, run, write, write_plugins


class Quiet(Plugin):
    """Does nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, shop=FLASK_APPLICATION)
    write_plugins(tmp_path)
    return tmp_path


def test_it_lists_and_switches_as_the_command_itself_does(folder: Path) -> None:
    enabled = call(folder, FLASK, "--app", "shop", "portico", "plugins", "enable", "moody")
    listed = call(folder, FLASK, "--app", "shop", "portico", "plugins", "list")
    directly = run(folder, "--app", "shop", "plugins", "list")

    assert enabled.returncode == 0, enabled.stderr
    assert listed.stdout == "imported shop\n" + directly.stdout
    assert "moody\t✓ enabled" in listed.stdout


@pytest.mark.parametrize(
    "arguments", [["plugins", "list"], ["plugins", "show", "greeter"], ["signals", "list"], ["--help"]]
)
def test_looking_starts_no_plugin(folder: Path, arguments: list[str]) -> None:
    finished = call(folder, FLASK, "--app", "shop", "portico", *arguments)

    assert finished.returncode == 0, finished.stderr
    assert "greeter" not in finished.stderr
    assert "imported plugins" not in finished.stderr
    assert not (folder / "state.db").exists()


def test_checking_starts_them(folder: Path) -> None:
    finished = call(folder, FLASK, "--app", "shop", "portico", "check")

    assert finished.returncode == 0, finished.stderr
    assert "started greeter" in finished.stderr
    assert "Nothing is wrong; 1 plugin is enabled." in finished.stderr


def test_other_commands_of_flask_start_them_as_ever(folder: Path) -> None:
    finished = call(folder, FLASK, "--app", "shop", "routes")

    assert "started greeter" in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["plugins", "show", "greter"], 3, "Error: no plugin is called 'greter'; did you mean 'greeter'?\n"),
        (["plugins", "disable", "greeter"], 2, "add --yes"),
        (["plugins", "nonsense"], 2, "No such command 'nonsense'"),
        (["completion"], 2, "No such command 'completion'"),
    ],
)
def test_its_exit_codes_are_the_same(folder: Path, arguments: list[str], code: int, says: str) -> None:
    finished = call(folder, FLASK, "--app", "shop", "portico", *arguments)

    assert finished.returncode == code
    assert says in finished.stderr
    assert "Traceback" not in finished.stderr


def test_an_error_in_part_is_an_exit_code_too(folder: Path) -> None:
    (folder / "state.db").write_text("no database")

    assert call(folder, FLASK, "--app", "shop", "portico", "plugins", "list").returncode == 5


GROUP = """
import sys
from click.testing import CliRunner
from flask.cli import FlaskGroup

def create_app():
    from shop import app
    return app

sys.argv = ["pytest", "-x", "portico", "plugins", "list"]
answer = CliRunner().invoke(FlaskGroup(create_app=create_app), sys.stdin.read().split())
print(answer.output)
sys.exit(answer.exit_code)
"""


@pytest.mark.parametrize(
    ("command", "starts"), [("portico plugins list", False), ("portico check", True), ("routes", True)]
)
def test_what_counts_is_the_command_that_is_called_whoever_calls_it(folder: Path, command: str, starts: bool) -> None:
    write(folder, group=GROUP)

    finished = call(folder, Path(sys.executable), "group.py", stdin=command)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert ("started greeter" in finished.stdout + finished.stderr) is starts


@pytest.mark.parametrize(
    ("words", "completed"),
    [("flask --app shop portico plugins show gr", "plain,greeter"), ("flask --app shop port", "plain,portico")],
)
def test_names_are_completed_and_no_plugin_is_started(folder: Path, words: str, completed: str) -> None:
    finished = call(
        folder, FLASK, _FLASK_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1)
    )

    assert finished.stdout.splitlines()[-1] == completed
    assert "started greeter" not in finished.stderr


def test_where_the_host_is_at_work_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    app = flask.Flask("shop")
    with Portico(plugins=[Quiet]) as host:
        host.close()
        host.init_app(app)
        finished = app.test_cli_runner().invoke(args=["portico", "plugins", "show", "Quiet", "--json"])

        assert finished.exit_code == 0, finished.output
        assert host.is_open


def test_the_command_goes_with_the_host_and_one_of_the_application_is_left_alone() -> None:
    app, other = flask.Flask("shop"), flask.Flask("other")

    @other.cli.command("portico")
    def own() -> None:
        """Belongs to the application."""

    host = Portico()
    host.init_app(app)
    assert "portico" in app.cli.commands
    host.close()
    assert "portico" not in app.cli.commands

    host.init_app(other)
    host.close()
    assert other.cli.commands["portico"] is own


def test_nothing_of_the_command_line_is_imported_before_it_is_called(folder: Path) -> None:
    program = "import sys, shop; print(*sorted(sys.modules))"

    loaded = call(folder, Path(sys.executable), "-c", program).stdout.split()

    assert "portico.adapters.flask_command" in loaded
    assert not [name for name in loaded if name.startswith("portico.cli") or name == "rich"]


def test_the_host_of_an_application_is_found() -> None:
    app = flask.Flask("shop")
    app.extensions["portico"] = "something else"
    assert host_of(app) is None

    host = Portico()
    host.init_app(app)
    try:
        assert host_of(app) is host
        assert host_of(app.wsgi_app) is None
    finally:
        host.close()
