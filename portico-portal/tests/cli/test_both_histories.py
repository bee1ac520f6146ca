import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from portico.tables import TABLES
from portico_portal.migrate import PORTAL

Run = Callable[..., subprocess.CompletedProcess[str]]
NEWEST = {"portal": PORTAL.newest, "portico": TABLES.newest}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `portico-portal db` as a process of its own, with the portal's default database in an empty folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from portico_portal.cli import main; main()", "db", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PORTICO_SECRET_KEY": "k" * 32} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_both_histories_are_shown_and_looking_makes_nothing(run: Run, tmp_path: Path) -> None:
    before = run("current")
    untouched = list(tmp_path.iterdir()) == []
    run("upgrade")
    after = run("current")

    assert (before.returncode, before.stdout, untouched) == (1, "portal none\nportico none\n", True)
    assert before.stderr.splitlines()[-1] == "To upgrade, run: portico-portal db upgrade"
    assert (after.returncode, after.stderr) == (0, "portal: up to date.\nportico: up to date.\n")
    assert after.stdout == f"portal {PORTAL.newest}\nportico {TABLES.newest}\n"


def test_programs_get_json(run: Run) -> None:
    upgraded, shown = (json.loads(run(command, "--json").stdout) for command in ("upgrade", "current"))

    assert {name: (each["before"], each["current"]) for name, each in upgraded.items()} == {
        name: (None, newest) for name, newest in NEWEST.items()
    }
    assert {name: (each["current"], each["up_to_date"]) for name, each in shown.items()} == {
        name: (newest, True) for name, newest in NEWEST.items()
    }


@pytest.mark.parametrize("table", ["alembic_version", "portico_version"])
def test_a_database_that_a_newer_one_wrote_is_shown_and_not_upgraded(run: Run, tmp_path: Path, table: str) -> None:
    run("upgrade")
    with closing(sqlite3.connect(tmp_path / "portico.db")) as connection, connection:
        connection.execute(f"UPDATE {table} SET version_num = '9999'")  # noqa: S608 - one of two

    shown, upgraded = run("current"), run("upgrade")

    assert shown.returncode == 1
    assert " 9999\n" in shown.stdout
    assert "run:" not in shown.stderr
    assert (upgraded.returncode, upgraded.stdout) == (1, "")
    assert "a newer Portico wrote the database: it is at revision '9999'" in upgraded.stderr


def test_a_database_on_postgresql_is_upgraded_and_shown(run: Run, postgresql_url: str) -> None:
    url = postgresql_url.replace("+psycopg", "")

    said = [run(command, PORTICO_DATABASE_URL=url).returncode for command in ("current", "upgrade", "current")]

    assert said == [1, 0, 0]
