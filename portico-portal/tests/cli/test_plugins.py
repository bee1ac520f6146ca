import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from portico.host import SQLStateStore
from portico.plugins import ProcessReport
from portico_portal import Database, upgrade_database
from portico_portal.cli import main
from tests.journeys.served_process import PORTICO, ServedProcess


@dataclass
class Finished:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Finished]

# Works in one portal, and not in another.
MOODY = """
import os
from portico import IPluginBootstrap, Plugin, implements

class Moody(Plugin):
    implements(IPluginBootstrap)

    def bootstrap(self):
        if os.environ.get("MOOD") == "bad":
            raise OSError("not [today]")
"""


@pytest.fixture
def portal(tmp_path: Path) -> dict[str, str]:
    """The settings of a portal with one plugin in its configuration and one in its folder."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "moody.py").write_text(MOODY)
    return {"PORTICO_SECRET_KEY": "k" * 32, "PORTICO_PLUGINS": "audit", "PORTICO_PLUGIN_FOLDER": "plugins"}


@pytest.fixture
def database(tmp_path: Path) -> None:
    """Its database, as `portico-portal db upgrade` makes it."""
    database = Database(f"sqlite:///{tmp_path / 'portico.db'}")
    upgrade_database(database)
    database.close()


@pytest.fixture
def run(
    tmp_path: Path, portal: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `portico plugins` with the portal's settings; in this process, which takes a tenth of the time."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Finished:
        with monkeypatch.context() as given:
            given.chdir(tmp_path)
            given.setattr(sys, "stdin", io.StringIO(stdin))
            given.setattr(sys, "argv", ["portico", "plugins", *arguments])
            for name, value in (portal | environment).items():
                given.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        assert isinstance(ended.value.code, int)
        return Finished(ended.value.code, *capsys.readouterr())

    return run


def wanted(run: Run, name: str) -> tuple[str, str | None]:
    shown = json.loads(run("show", name, "--json").stdout)["wanted"]
    return shown["state"], shown["by"]


# -- list and show ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_every_installed_plugin_is_listed_in_the_order_of_receivers(run: Run) -> None:
    finished = run("list", "--json")

    listed = [(each["name"], each["state"], each["wanted"]["by"]) for each in json.loads(finished.stdout)["plugins"]]
    assert listed[0] == ("audit", "enabled", "configuration")
    assert {("flaky", "disabled", None), ("moody", "disabled", None)} <= set(listed)


def test_a_listing_makes_no_database_and_imports_no_plugin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plugins" / "moody.py").write_text("raise SystemExit('imported')")

    finished = run("list")

    assert finished.returncode == 0
    assert not (tmp_path / "portico.db").exists()
    assert "No process of the application has reported yet" in finished.stderr


@pytest.mark.usefixtures("database")
def test_a_listing_says_state_in_words_and_without_colour_in_a_pipe(run: Run) -> None:
    finished = run("list", FORCE_COLOR="1", NO_COLOR="1")

    assert "✓ enabled" in finished.stdout
    assert "· disabled" in finished.stdout
    assert "\x1b[3" not in finished.stdout


@pytest.mark.usefixtures("database")
def test_a_plugin_that_is_wanted_and_not_installed_is_listed_and_can_be_disabled(run: Run) -> None:
    assert "? missing" in run("list", PORTICO_PLUGINS="audit,gone").stdout

    disabled = run("disable", "gone", "--yes", PORTICO_PLUGINS="audit,gone")

    assert disabled.returncode == 0
    assert "gone" not in run("list", PORTICO_PLUGINS="audit,gone").stdout


@pytest.mark.usefixtures("database")
def test_one_plugin_is_shown_with_what_its_distribution_says(run: Run) -> None:
    finished = run("show", "audit")

    assert "portico_portal.plugins.audit:AuditPlugin" in finished.stdout
    assert "enabled, by the configuration" in finished.stdout


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "quarantine"])
@pytest.mark.usefixtures("database")
def test_an_unknown_name_exits_with_3_and_says_which_is_meant(run: Run, verb: str) -> None:
    more = ["--reason", "why"] if verb == "quarantine" else []

    finished = run(verb, "audti", *more)

    assert finished.returncode == 3
    assert finished.stdout == ""
    assert finished.stderr == "Error: no plugin is called 'audti'; did you mean 'audit'?\n"


def test_the_host_of_the_portal_needs_no_key_and_makes_no_database(tmp_path: Path) -> None:
    looked_at = subprocess.run(
        [PORTICO.with_name("portico"), "--app", "portico_portal.cli.plugins:portal_host", "plugins", "list"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PORTICO_PLUGINS": "audit"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert looked_at.returncode == 0, looked_at.stderr
    assert "audit\t✓ enabled" in looked_at.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_its_plugins_are_completed(tmp_path: Path) -> None:
    given = {"COMP_WORDS": "portico-portal plugins show wel", "COMP_CWORD": "3"}

    completed = subprocess.run(
        [PORTICO],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "_PORTICO_PORTAL_COMPLETE": "bash_complete"} | given,
        capture_output=True,
        text=True,
        check=False,
    )
    script = subprocess.run([PORTICO, "completion", "bash"], capture_output=True, text=True, check=True).stdout

    assert completed.stdout == "plain,welcome_mail\n"
    assert "_PORTICO_PORTAL_COMPLETE=bash_complete" in script


# -- switching --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_what_is_switched_is_remembered(run: Run) -> None:
    enabled = run("enable", "flaky", "welcome_mail")
    disabled = run("disable", "audit", "--yes")

    assert (enabled.returncode, disabled.returncode) == (0, 0)
    assert "flaky is to be enabled; the application follows at its next request, or when it starts." in enabled.stderr
    assert wanted(run, "flaky") == wanted(run, "welcome_mail") == ("enabled", "hand")
    assert wanted(run, "audit") == ("disabled", "hand")


@pytest.mark.usefixtures("database")
def test_nothing_is_switched_when_one_of_several_names_is_unknown(run: Run) -> None:
    assert run("enable", "flaky", "nonsense").returncode == 3

    assert wanted(run, "flaky") == ("disabled", None)


@pytest.mark.usefixtures("database")
def test_what_is_so_already_is_not_switched_again(run: Run) -> None:
    finished = run("enable", "audit", "--json")

    assert "audit is enabled already." in finished.stderr
    assert [each["changed"] for each in json.loads(finished.stdout)["plugins"]] == [False]
    assert wanted(run, "audit") == ("enabled", "configuration")


@pytest.mark.usefixtures("database")
def test_disabling_says_what_it_means_and_wants_a_yes(run: Run) -> None:
    finished = run("disable", "audit", "flaky")
    refused = run("disable", "audit", stdin="n\n")

    assert (finished.returncode, refused.returncode) == (2, 1)
    assert "This disables audit. What is sent meanwhile" in finished.stderr
    assert "add --yes" in finished.stderr
    assert wanted(run, "audit") == ("enabled", "configuration")
    assert run("disable", "audit", stdin="y\n").returncode == 0
    assert wanted(run, "audit") == ("disabled", "hand")


@pytest.mark.usefixtures("database")
def test_a_quarantine_keeps_its_reason_and_ends_on_probation(run: Run) -> None:
    # As the shell gives what is no UTF-8.
    quarantined = run("quarantine", "audit", "--yes", "--reason", "the disk\nis [full] \x1b[2J\udce9")
    assert quarantined.returncode == 0
    assert wanted(run, "audit")[0] == "quarantined"
    assert r"was quarantined by hand: the disk is [full] \x1b[2J\udce9" in run("list").stdout

    run("enable", "audit")

    shown = json.loads(run("show", "audit", "--json").stdout)
    assert (shown["wanted"]["state"], shown["wanted"]["on_probation"]) == ("enabled", True)


@pytest.mark.usefixtures("database")
def test_a_plugin_that_is_off_cannot_be_quarantined(run: Run) -> None:
    finished = run("quarantine", "flaky", "--reason", "why not")

    assert finished.returncode == 1
    assert "it is disabled; only an enabled plugin can be quarantined" in finished.stderr


@pytest.mark.parametrize("arguments", [["enable"], ["quarantine", "audit"], ["quarantine", "audit", "--reason", " "]])
@pytest.mark.usefixtures("database")
def test_a_command_called_wrongly_exits_with_2(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_a_database_without_the_tables_is_told_and_not_made(run: Run, tmp_path: Path) -> None:
    finished = run("enable", "flaky")

    assert finished.returncode == 1
    assert finished.stderr.endswith("run: portico-portal db upgrade\n")
    assert not (tmp_path / "portico.db").exists()


def test_the_demo_is_named_where_it_is_and_told_where_it_is_not(run: Run, tmp_path: Path) -> None:
    (tmp_path / "instance" / "demo").mkdir(parents=True)
    database = Database(f"sqlite:///{tmp_path / 'instance' / 'demo' / 'portal.db'}")
    upgrade_database(database)
    database.close()

    meant = run("list")
    demo = run("--data", "instance/demo", "list")
    elsewhere = run("--data", "elsewhere", "list")

    assert "if you mean the demo, add: plugins --data instance/demo\n" in meant.stderr
    assert [line.split()[0] for line in demo.stdout.splitlines()[1:4]] == ["audit", "welcome_mail", "flaky"]
    assert elsewhere.stderr == (
        "Error: there is no demo in 'elsewhere'; start one with: portico-portal demo --data elsewhere\n"
    )


def test_the_help_loads_nothing_of_the_portal() -> None:
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom portico_portal.cli import cli\n"
        "CliRunner().invoke(cli, ['plugins', '--help'])\nprint(*sorted(sys.modules))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"flask", "sqlalchemy", "pydantic", "rich", "portico_portal.app"} & set(loaded)


REQUIRING = """
from portico import Plugin

class Requiring(Plugin):
    requires = ("audit",)
"""


def say(folder: Path, *reports: ProcessReport) -> None:
    """Let a process elsewhere say something of plugins."""
    database = Database(f"sqlite:///{folder / 'portico.db'}")
    SQLStateStore(database.engine).report(reports[0].process, reports)
    database.close()


def report(plugin: str, state: str, failure: str | None = None, requires: tuple[str, ...] = ()) -> ProcessReport:
    now = datetime.now(UTC)
    return ProcessReport("elsewhere:1", plugin, state, failure, 0, needs_restart=False, seen_at=now, requires=requires)


@pytest.mark.usefixtures("database")
def test_a_plugin_that_an_enabled_one_requires_is_not_disabled_and_nor_is_any_other(run: Run, tmp_path: Path) -> None:
    run("enable", "moody", "flaky")
    say(tmp_path, report("audit", "enabled"), report("moody", "enabled", requires=("audit",)))

    refused = run("disable", "audit", "flaky", "--yes")
    together = run("disable", "audit", "moody", "--yes")

    assert refused.returncode == 1
    assert "cannot disable 'audit': 'moody' requires it; disable that first, or all together" in refused.stderr
    assert wanted(run, "flaky")[0] == "enabled"
    assert together.returncode == 0
    assert wanted(run, "audit")[0] == "disabled"


@pytest.mark.usefixtures("database")
def test_the_refusal_comes_before_the_question(run: Run, tmp_path: Path) -> None:
    run("enable", "moody")
    say(tmp_path, report("audit", "enabled"), report("moody", "enabled", requires=("audit",)))

    finished = run("disable", "audit")

    assert finished.returncode == 1
    assert "This disables" not in finished.stderr


@pytest.mark.usefixtures("database")
def test_what_the_database_holds_is_printed_as_text_and_nothing_else(run: Run, tmp_path: Path) -> None:
    say(tmp_path, report("audit", "failed", "OSError: \x1b[2Jgone\nforged [red]line"))

    listed, shown = run("list"), run("show", "audit")

    for finished in (listed, shown):
        assert "\x1b" not in finished.stdout
        assert "\\x1b[2Jgone forged [red]line" in " ".join(finished.stdout.split())


def test_a_file_that_is_no_plugin_is_listed_with_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plugins" / "my-plugin.py").write_text(MOODY)

    assert "'my-plugin' is no name of a module" in run("list").stdout


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("0000_of_the_future", "a newer Portico wrote the database: it is at revision '0000_of_the_future'"),
        ("0002", "the database has not the tables of this version; run: portico-portal db upgrade"),
    ],
)
@pytest.mark.parametrize("arguments", [["list"], ["show", "audit"], ["enable", "audit"]])
@pytest.mark.usefixtures("database")
def test_a_database_of_another_version_is_refused(
    run: Run, tmp_path: Path, arguments: list[str], revision: str, message: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "portico.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])

    finished = run(*arguments)

    assert (finished.returncode, finished.stdout) == (1, "")
    assert message in finished.stderr


# -- processes --------------------------------------------------------------------------------------------------------


@contextmanager
def visited(*processes: ServedProcess) -> Iterator[None]:
    """One request after another, to each process in turn."""
    enough = Event()

    def visit() -> None:
        while not enough.is_set():
            for process in processes:
                process.client.get("/sign-in")

    thread = Thread(target=visit)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def test_a_running_portal_follows_and_what_it_says_is_shown(run: Run, tmp_path: Path, portal: dict[str, str]) -> None:
    with ServedProcess(tmp_path, **portal) as process:
        with visited(process):
            enabled = run("enable", "moody", "--wait", "20")
        shown = run("show", "moody")

    assert enabled.returncode == 0, enabled.stderr
    assert "moody is enabled, in 1 process of the application." in enabled.stderr
    assert f":{process.pid}" in shown.stdout


def test_a_failure_in_a_process_is_shown_and_exits_with_1(run: Run, tmp_path: Path, portal: dict[str, str]) -> None:
    with ServedProcess(tmp_path, MOOD="bad", **portal) as process:
        with visited(process):
            enabled = run("enable", "moody", "--wait", "20")
        listed = run("list")

    assert enabled.returncode == 1
    assert "moody is to be enabled, and failed in 1 of 1 process:" in enabled.stderr
    assert f":{process.pid}: OSError: not [today]" in enabled.stderr
    assert "✗ failed" in listed.stdout
    assert "to be enabled; OSError: not [today]" in listed.stdout


def test_a_failure_in_one_of_two_processes_exits_with_4(run: Run, tmp_path: Path, portal: dict[str, str]) -> None:
    with ServedProcess(tmp_path, **portal) as good, ServedProcess(tmp_path, MOOD="bad", **portal) as bad:
        for process in (good, bad):
            process.client.get("/sign-in")
        with visited(good, bad):
            enabled = run("enable", "moody", "--wait", "20")
        listed = run("list")

    assert enabled.returncode == 4, enabled.stderr
    assert "failed in 1 of 2 processes" in enabled.stderr
    assert "≠ differs" in listed.stdout
    assert "1 enabled, 1 failed" in listed.stdout


def test_a_plugin_that_is_installed_while_the_portal_runs_is_found(
    run: Run, tmp_path: Path, portal: dict[str, str]
) -> None:
    with ServedProcess(tmp_path, **portal) as process:
        process.client.get("/sign-in")
        (tmp_path / "plugins" / "late.py").write_text(MOODY)
        with visited(process):
            enabled = run("enable", "late", "--wait", "20")

    assert enabled.returncode == 0, enabled.stderr
    assert "late is enabled, in 1 process of the application." in enabled.stderr


def test_a_process_that_cannot_find_a_plugin_needs_a_restart_and_exits_with_4(
    run: Run, tmp_path: Path, portal: dict[str, str]
) -> None:
    (tmp_path / "empty").mkdir()
    with ServedProcess(tmp_path, **portal | {"PORTICO_PLUGIN_FOLDER": "empty"}) as process:
        process.client.get("/sign-in")
        behind = run("enable", "moody", "--wait", "0.1")
        with visited(process):
            enabled = run("enable", "moody", "--wait", "20")
        listed = json.loads(run("show", "moody", "--json").stdout)

    assert (behind.returncode, enabled.returncode) == (4, 4)
    assert "moody is to be enabled; 1 process of the application follows at the next request." in behind.stderr
    assert "moody is to be enabled; 1 process of the application cannot find it." in enabled.stderr
    assert f":{process.pid}: needs a restart, or moody is not installed there" in enabled.stderr
    assert listed["state"] == "disabled"
    assert len(listed["processes_without_it"]) == 1


def test_a_running_portal_says_what_its_plugins_require(run: Run, tmp_path: Path, portal: dict[str, str]) -> None:
    (tmp_path / "plugins" / "requiring.py").write_text(REQUIRING)
    with ServedProcess(tmp_path, **portal) as process, visited(process):
        enabled = run("enable", "requiring", "--wait", "20")
        refused = run("disable", "audit", "--yes")
        together = run("disable", "audit", "requiring", "--yes", "--wait", "20")

    assert (enabled.returncode, refused.returncode, together.returncode) == (0, 1, 0), together.stderr
    assert "'requiring' requires it" in refused.stderr


def test_a_process_that_does_not_follow_in_time_exits_with_4(run: Run, tmp_path: Path, portal: dict[str, str]) -> None:
    with ServedProcess(tmp_path, **portal) as process:
        process.client.get("/sign-in")

        patient = run("enable", "moody")
        strict = run("enable", "moody", "--wait", "0.1")

    assert (patient.returncode, strict.returncode) == (0, 4)
    assert "1 process of the application follows at the next request" in strict.stderr


@pytest.mark.usefixtures("database")
def test_whoever_waits_can_interrupt_and_what_was_stored_stays(
    run: Run, tmp_path: Path, portal: dict[str, str]
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'portico.db'}")
    store = SQLStateStore(database.engine)
    silent = ProcessReport("elsewhere:1", "flaky", "disabled", None, 0, needs_restart=False, seen_at=datetime.now(UTC))
    store.report("elsewhere:1", [silent])

    with subprocess.Popen(
        [PORTICO, "plugins", "enable", "flaky", "--wait", "100"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]} | portal,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        while not store.load() and waiting.poll() is None:
            pass
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=30)

    database.close()
    assert waiting.returncode == 130, said
    assert "Traceback" not in said
    assert wanted(run, "flaky") == ("enabled", "hand")


def test_the_portal_of_a_postgresql_database_is_switched_too(run: Run, postgresql_url: str) -> None:
    url = postgresql_url.replace("+psycopg", "")
    database = Database(url)
    upgrade_database(database)

    run("enable", "flaky", PORTICO_DATABASE_URL=url)

    try:
        assert SQLStateStore(database.engine).load()["flaky"].enabled
    finally:
        database.close()
