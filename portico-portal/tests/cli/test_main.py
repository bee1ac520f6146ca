import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `portico` as a process of its own, in an empty folder, with nothing set but what is given."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from portico_portal.cli import main; main()", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"} | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


KEY = {"PORTICO_SECRET_KEY": "k" * 32}


def test_the_help_names_every_command_without_loading_what_they_need(run: Run) -> None:
    finished = run("--help")

    assert finished.returncode == 0
    assert all(f"\n  {name} " in finished.stdout for name in ("admin", "db", "demo", "serve"))

    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom portico_portal.cli import cli\n"
        "CliRunner().invoke(cli, ['--help'])\nprint(*sorted(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"flask", "sqlalchemy", "pydantic", "rich", "portico_portal.app"} & set(loaded)


def test_the_version_is_told(run: Run) -> None:
    assert version("portico-portal") in run("--version").stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["demo", "--nonsense"], ["demo", "--port", "http"]])
def test_a_command_called_wrongly_exits_with_2(run: Run, arguments: list[str]) -> None:
    finished = run(*arguments)

    assert finished.returncode == 2
    assert "Error:" in finished.stderr


def test_a_failure_is_one_line_and_exits_with_1(run: Run) -> None:
    finished = run("serve")

    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: cannot start with these settings: secret_key (not set): is missing")
    assert finished.stderr.count("\n") == 1


def test_a_database_that_cannot_be_opened_is_one_line(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'portal.db'}"

    for command in (["serve", "--port", "0"], ["db", "upgrade"]):
        finished = run(*command, PORTICO_DATABASE_URL=url, **KEY)

        assert finished.returncode == 1
        assert finished.stderr == f"Error: cannot open the database {url}: unable to open database file\n"


def test_the_database_is_upgraded_where_the_settings_say(run: Run, tmp_path: Path) -> None:
    (tmp_path / "portico.toml").write_text('database_url = "sqlite:///here.db"\n')

    finished = run("db", "upgrade", **KEY)

    assert re.fullmatch(r"portal \d{4}\nportico \d{4}\n", finished.stdout)
    assert (tmp_path / "here.db").exists()


def test_an_administrator_is_made_once_and_the_password_is_not_shown(run: Run) -> None:
    create = ("admin", "create", "ada", "--email", "ada@example.org", "--password-stdin")

    first = run(*create, stdin="correct horse battery\n", **KEY)
    second = run(*create, stdin="correct horse battery\n", **KEY)

    assert (first.returncode, first.stdout) == (0, "ada is an administrator now.\n")
    assert second.returncode == 1
    assert "This user name is taken" in second.stderr
    assert "battery" not in first.stdout + first.stderr + second.stdout + second.stderr
