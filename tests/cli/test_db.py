import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from portico.cli.db import look_at, upgrade_at
from portico.tables import TABLES

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `portico db` as a process of its own, in an empty folder, with nothing set but what is given."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "portico", "db", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


def make_newer(url: str) -> None:
    upgrade_at(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE portico_version SET version_num = '0999'"))
    engine.dispose()


def test_the_tables_are_made_and_a_second_time_nothing_is_left_to_do(run: Run, url: str) -> None:
    first = run("upgrade", "--database", url)
    second = run("upgrade", PORTICO_DATABASE=url)

    newest = TABLES.newest
    assert (first.returncode, first.stdout) == (0, f"portico {newest}\n")
    assert first.stderr == f"portico: the database is at revision {newest}; was without tables.\n"
    assert (second.returncode, second.stdout) == (0, f"portico {newest}\n")
    assert second.stderr == f"portico: the database is at revision {newest}; nothing was left to do.\n"


def test_the_version_is_shown_and_in_the_exit_code(run: Run, url: str) -> None:
    before = run("current", "--database", url)
    untouched = not Path(url.removeprefix("sqlite:///")).exists()
    upgrade_at(url)
    after = run("current", "--database", url)

    assert (before.returncode, before.stdout) == (1, "portico none\n")
    assert before.stderr == "portico: no tables yet.\nTo upgrade, run: portico db upgrade\n"
    assert untouched
    assert (after.returncode, after.stdout) == (0, f"portico {TABLES.newest}\n")
    assert after.stderr == "portico: up to date.\n"


def test_programs_get_json(run: Run, url: str) -> None:
    newest = TABLES.newest
    said = [
        json.loads(run(command, "--json", "--database", url).stdout) for command in ("current", "upgrade", "current")
    ]

    now = {"current": newest, "newest": newest, "known": True, "up_to_date": True}
    assert said == [
        {"portico": {"current": None, "newest": newest, "known": True, "up_to_date": False}},
        {"portico": {"before": None, **now}},
        {"portico": now},
    ]


def test_a_store_of_a_newer_version_is_shown_and_not_upgraded(run: Run, url: str) -> None:
    make_newer(url)

    upgraded, shown = run("upgrade", "--database", url), run("current", "--database", url)

    assert (upgraded.returncode, upgraded.stdout) == (1, "")
    assert upgraded.stderr.startswith("Error: a newer Portico wrote the database: it is at revision '0999'")
    assert (shown.returncode, shown.stdout) == (1, "portico 0999\n")
    assert shown.stderr == f"portico: written by a newer version; this one knows {TABLES.newest}.\n"
    assert look_at(url).current == "0999"


def test_two_commands_at_once_both_succeed(url: str) -> None:
    command = [sys.executable, "-m", "portico", "db", "upgrade", "--database", url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]

    said = [process.communicate(timeout=60) for process in running]

    assert [process.returncode for process in running] == [0, 0], said
    assert [out for out, _ in said] == [f"portico {TABLES.newest}\n"] * 2


@pytest.mark.parametrize("command", ["upgrade", "current"])
def test_without_a_database_the_command_was_called_wrongly(run: Run, command: str) -> None:
    finished = run(command)

    assert finished.returncode == 2
    assert "Missing option '--database'" in finished.stderr


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("app.db", "the URL of the database cannot be used; write sqlite:///file.db, "),
        ("sqlite:///missing/app.db", "cannot open the database sqlite:///missing/app.db: unable to open database file"),
        ("postgresql://me:secret@127.0.0.1:1/app", "cannot open the database postgresql+psycopg://me:***@127.0.0.1:1/"),
        ("mariadb://me:secret@127.0.0.1:1/app", "cannot open the database mariadb+pymysql://me:***@127.0.0.1:1/app: "),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_error(run: Run, url: str, why: str) -> None:
    finished = run("upgrade", "--database", url)

    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"Error: {why}")
    assert "secret" not in finished.stderr
    assert "Traceback" not in finished.stderr


def test_the_tables_of_the_application_are_left_alone(run: Run, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (body VARCHAR(10))"))

    run("upgrade", "--database", url)

    assert {name for name in inspect(engine).get_table_names() if not name.startswith("portico_")} == {"note"}
    engine.dispose()
