"""`portico plugins`: what is switched from outside, and what the processes of the application make of it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.applications import (
    FLASK_APPLICATION,
    PORTICO,
    WORKER,
    call,
    install,
    on_terminal,
    read_json,
    run,
    running,
    write,
    write_plugins,
)

APP = ("--app", "shop")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A Flask application with a store that processes share."""
    write(tmp_path, shop=FLASK_APPLICATION)
    write_plugins(tmp_path)
    return tmp_path


@pytest.fixture
def worker(tmp_path: Path) -> Path:
    """A script with a host and one plugin, without which it had nothing to report; others are installed in `site`."""
    write(tmp_path, worker=WORKER)
    install(tmp_path, "resident")
    (tmp_path / "site").mkdir()
    return tmp_path


def state(folder: Path, name: str = "greeter") -> str:
    shown = read_json(run(folder, *APP, "plugins", "show", name, "--json"))["wanted"]["state"]
    assert isinstance(shown, str)
    return shown


# -- looking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["show", "greeter"], ["enable", "greeter"]])
def test_nothing_is_imported_started_or_written(shop: Path, arguments: list[str]) -> None:
    finished = run(shop, *APP, "plugins", *arguments)

    assert finished.returncode == 0
    assert "imported shop" in finished.stderr
    assert "imported plugins" not in finished.stderr
    assert not (shop / "state.db").exists()


def test_a_pipe_gets_plain_lines_without_padding(shop: Path) -> None:
    lines = run(shop, *APP, "plugins", "list", COLUMNS="20").stdout.splitlines()

    assert lines[0] == "Plugin\tState\tVersion\tRemarks"
    assert "greeter\t✓ enabled" in lines
    assert not any(re.search(r"  |\s$", line) for line in lines)


def test_a_terminal_gets_a_table_with_colours_and_none_with_no_color(shop: Path) -> None:
    _, coloured = on_terminal(shop, *APP, "plugins", "list")
    _, plain = on_terminal(shop, *APP, "plugins", "list", NO_COLOR="1")

    assert "\x1b[32m✓ enabled" in coloured
    assert "greeter\t✓ enabled\r\n" in plain
    assert "\x1b" not in plain


def test_a_reader_that_has_enough_is_no_failure(shop: Path) -> None:
    finished = call(shop, Path("/bin/bash"), "-c", f"{PORTICO} --app shop plugins list | head -1")

    assert finished.stdout == "Plugin\tState\tVersion\tRemarks\n"
    assert "Traceback" not in finished.stderr
    assert "BrokenPipe" not in finished.stderr


def test_a_host_whose_state_is_in_memory_is_listed_and_cannot_be_switched_from_outside(tmp_path: Path) -> None:
    write(tmp_path, shop=FLASK_APPLICATION.replace(', state=SqliteStore("state.db")', ""))
    write_plugins(tmp_path)

    listed = run(tmp_path, *APP, "plugins", "list")
    switched = [
        run(tmp_path, *APP, "plugins", *arguments)
        for arguments in (["enable", "moody"], ["disable", "greeter"], ["quarantine", "greeter", "--reason", "why"])
    ]

    assert "keeps the state of plugins in memory" in listed.stderr
    for finished in switched:
        assert finished.returncode == 1
        assert finished.stderr.endswith(
            "Error: cannot switch plugins from outside: the application keeps their state in the memory of its "
            "process; give its host a store that processes share, Portico(state=...), or switch them inside\n"
        )


def test_a_store_that_cannot_be_reached_exits_with_5(shop: Path) -> None:
    (shop / "state.db").write_text("this is no database, and long enough to be taken for something else")

    for arguments in (["list"], ["show", "greeter"], ["enable", "greeter"]):
        finished = run(shop, *APP, "plugins", *arguments)

        assert (finished.returncode, finished.stdout) == (5, "")
        assert "Error: the store of the plugins' state cannot be read: DatabaseError: " in finished.stderr
        assert "Traceback" not in finished.stderr


def test_a_database_server_that_is_away_exits_with_5(tmp_path: Path) -> None:
    store = 'SQLStateStore("postgresql+psycopg://shop:s3cret@127.0.0.1:1/shop")'
    write(tmp_path, shop=f"from portico.host import Portico, SQLStateStore\nhost = Portico(state={store})\n")

    finished = run(tmp_path, *APP, "plugins", "list")

    assert finished.returncode == 5
    assert "the store of the plugins' state cannot be read: cannot open the database" in finished.stderr
    assert "s3cret" not in finished.stderr


def test_a_store_that_cannot_be_written_exits_with_5_and_is_as_it_was(shop: Path) -> None:
    run(shop, *APP, "plugins", "enable", "moody")
    with closing(sqlite3.connect(shop / "state.db")) as connection, connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON desired BEGIN SELECT RAISE(ABORT, 'disk full'); END")

    finished = run(shop, *APP, "plugins", "disable", "moody", "--yes")

    assert finished.returncode == 5
    assert "the store of the plugins' state cannot be written: IntegrityError: disk full" in finished.stderr
    assert state(shop, "moody") == "enabled"


# -- asking -----------------------------------------------------------------------------------------------------------

DESTRUCTIVE = [["disable", "greeter"], ["quarantine", "greeter", "--reason", "too loud"]]


@pytest.mark.parametrize("arguments", DESTRUCTIVE)
def test_what_is_destructive_is_shown_first_and_wants_a_yes(shop: Path, arguments: list[str]) -> None:
    nobody = run(shop, *APP, "plugins", *arguments)
    refused = run(shop, *APP, "plugins", *arguments, stdin="n\n")

    assert (nobody.returncode, refused.returncode) == (2, 1)
    assert "greeter" in nobody.stderr
    assert "What is sent meanwhile" in nobody.stderr
    assert "nothing was changed" in refused.stderr
    assert state(shop) == "enabled"


@pytest.mark.parametrize("arguments", DESTRUCTIVE)
@pytest.mark.parametrize("answer", [{"stdin": "y\n"}, {"stdin": "Yes"}, {}])
def test_a_yes_is_an_option_or_piped(shop: Path, arguments: list[str], answer: dict[str, str]) -> None:
    more = [] if answer else ["--yes"]

    finished = run(shop, *APP, "plugins", *arguments, *more, **answer)

    assert finished.returncode == 0, finished.stderr
    assert state(shop) == {"disable": "disabled", "quarantine": "quarantined"}[arguments[0]]


@pytest.mark.parametrize(
    ("typed", "code", "wanted"), [("y\n", 0, "disabled"), ("\n", 1, "enabled"), ("\x03", 130, "enabled")]
)
def test_a_person_is_asked_at_a_terminal(shop: Path, typed: str, code: int, wanted: str) -> None:
    finished, shown = on_terminal(shop, *APP, "plugins", "disable", "greeter", typed=typed)

    assert (finished, state(shop)) == (code, wanted), shown
    assert "Traceback" not in shown


def test_what_is_off_already_needs_no_yes(shop: Path) -> None:
    assert run(shop, *APP, "plugins", "disable", "moody").returncode == 0


# -- processes --------------------------------------------------------------------------------------------------------


def test_a_plugin_that_is_installed_while_the_application_runs_is_found(worker: Path) -> None:
    site = str(worker / "site")
    with running(worker, PYTHONPATH=site) as process:
        install(worker / "site", "greeter")
        enabled = run(worker, "--app", "worker:host", "plugins", "enable", "greeter", "--wait", "30", PYTHONPATH=site)
        shown = read_json(run(worker, "--app", "worker:host", "plugins", "show", "greeter", "--json", PYTHONPATH=site))

    assert enabled.returncode == 0, enabled.stderr
    assert "greeter is enabled, in 1 process of the application." in enabled.stderr
    assert [each["process"].endswith(f":{process.pid}") for each in shown["processes"]] == [True]


@pytest.mark.parametrize("wait", [["--wait", "30"], []])
def test_where_no_process_can_find_it_a_restart_is_needed_and_it_never_counts_as_enabled(
    worker: Path, wait: list[str]
) -> None:
    # Installed where the command looks, and not where the process does.
    install(worker / "site", "greeter")
    given = {"PYTHONPATH": str(worker / "site")}
    with running(worker) as process:
        enabled = run(worker, "--app", "worker:host", "plugins", "enable", "greeter", "--json", *wait, **given)
        listed = run(worker, "--app", "worker:host", "plugins", "list", **given)
        again = run(worker, "--app", "worker:host", "plugins", "enable", "greeter", *wait, **given)

    (told,) = read_json(enabled)["plugins"]
    assert (enabled.returncode, again.returncode) == (4, 4), enabled.stderr
    assert f":{process.pid}: needs a restart, or greeter is not installed there" in enabled.stderr
    assert told["state"] == "disabled"
    assert [each.endswith(f":{process.pid}") for each in told["to_restart"]] == [True]
    assert "greeter\t· disabled\t1.0\tto be enabled" in listed.stdout
    assert "is enabled" not in enabled.stderr + again.stderr


def test_of_two_processes_one_may_fail(worker: Path) -> None:
    given = {"PYTHONPATH": str(worker / "site")}
    install(worker / "site", "moody")
    with running(worker, **given), running(worker, MOOD="bad", **given) as bad:
        enabled = run(worker, "--app", "worker:host", "plugins", "enable", "moody", "--wait", "30", **given)
        disabled = run(worker, "--app", "worker:host", "plugins", "disable", "moody", "--yes", "--wait", "30", **given)

    assert (enabled.returncode, disabled.returncode) == (4, 0), enabled.stderr + disabled.stderr
    assert "failed in 1 of 2 processes:" in enabled.stderr
    assert f":{bad.pid}: OSError: not today" in enabled.stderr
