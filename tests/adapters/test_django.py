"""Runs what a Django project tests of itself, in processes of their own: Django is set up once and for all."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.adapters.addresses import free_port

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "django_project"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process of the project, whose files lie in a folder."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.adapters.django_project.settings",
        "PROJECT_FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
        **more,
    }


def run(folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )


def run_tests(folder: Path, file: str, **more: str) -> subprocess.CompletedProcess[str]:
    options = ["-q", "-p", "tests.adapters.django_project.fixtures"]
    return run(folder, "-m", "pytest", *options, PROJECT / file, **more)


def test_sends_wait_for_the_transactions_of_every_database(tmp_path: Path, postgresql_url: str) -> None:
    finished = run_tests(tmp_path, "transactions.py", PROJECT_POSTGRESQL=postgresql_url.partition("//")[2])

    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("file", ["requests.py", "foreign.py"])
def test_requests_sign_ins_and_signals_of_django_are_heard(tmp_path: Path, file: str) -> None:
    finished = run_tests(tmp_path, file)

    assert finished.returncode == 0, finished.stdout + finished.stderr


# -- commands ----------------------------------------------------------------------------------------------------


def enabled(folder: Path) -> list[str]:
    """Return the commands whose processes enabled the plugin."""
    file = folder / "enabled.txt"
    return file.read_text().splitlines() if file.exists() else []


OWN = [
    ["check"],
    ["check", "--deploy"],
    ["migrate", "--run-syncdb"],
    ["makemigrations", "--dry-run"],
    ["showmigrations"],
    ["diffsettings"],
    ["createsuperuser", "--help"],
    ["help"],
    [],
]


@pytest.mark.parametrize("command", OWN, ids=" ".join)
def test_commands_of_django_enable_no_plugin(tmp_path: Path, command: list[str]) -> None:
    finished = run(tmp_path, "-m", "django", *command)

    assert finished.returncode == 0, finished.stderr
    assert enabled(tmp_path) == []


def test_tables_are_made_before_any_plugin_is_enabled_and_the_project_s_own_command_has_it(tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "migrate", "--run-syncdb").check_returncode()

    finished = run(tmp_path, "-m", "django", "import_books")

    assert finished.stdout == "opened at the settings (tests.adapters.django_project.settings)\n"
    assert enabled(tmp_path) == ["import_books"]


@pytest.mark.parametrize("program", ["django-admin", "manage"])
def test_a_command_is_known_whatever_the_script_is_called(tmp_path: Path, program: str) -> None:
    script = tmp_path / program
    script.write_text(
        "from django.core.management import execute_from_command_line as run\nimport sys\nrun(sys.argv)\n"
    )

    for command in ("check", "import_books"):
        run(tmp_path, script, command).check_returncode()

    assert enabled(tmp_path) == ["import_books"]


def test_an_app_s_own_migrate_prepares_too(tmp_path: Path) -> None:
    commands = tmp_path / "tenants" / "management" / "commands"
    commands.mkdir(parents=True)
    (tmp_path / "tenants" / "__init__.py").touch()
    (commands / "migrate.py").write_text("from django.core.management.commands.migrate import Command\n")
    (tmp_path / "tenant_settings.py").write_text(
        "from tests.adapters.django_project.settings import *\nINSTALLED_APPS.insert(0, 'tenants')\n"
    )
    where = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "DJANGO_SETTINGS_MODULE": "tenant_settings"}

    finished = run(tmp_path, "-m", "django", "migrate", "--run-syncdb", **where)

    assert finished.returncode == 0, finished.stderr
    assert enabled(tmp_path) == []


def test_a_shell_and_a_program_of_its_own_have_the_plugins(tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "shell", "--no-imports", "-c", "pass").check_returncode()
    run(tmp_path, "-c", "import django; django.setup()", "program").check_returncode()

    assert enabled(tmp_path) == ["shell", "program"]


def test_the_test_client_of_django_s_test_command_opens_the_host(tmp_path: Path) -> None:
    tests = "tests.adapters.django_project.suite"

    finished = run(tmp_path, "-m", "django", "test", tests)

    assert finished.returncode == 0, finished.stderr
    assert "Ran 2 tests" in finished.stderr
    assert enabled(tmp_path) == ["test"]


@contextmanager
def development_server(folder: Path, *options: str) -> Iterator[str]:
    """Run `runserver`, and return its address once it answers."""
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "runserver", address, *options],
        cwd=ROOT,
        env=environment(folder, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Starting development server" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield f"http://{address}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.parametrize("options", [[], ["--noreload"]], ids=["reloads", "does not reload"])
def test_a_development_server_enables_plugins_once_in_the_process_that_serves(
    tmp_path: Path, options: list[str]
) -> None:
    with development_server(tmp_path, *options) as url:
        # It says that it starts a moment before it listens.
        transport = httpx.HTTPTransport(retries=10, trust_env=False)
        with httpx.Client(transport=transport, trust_env=False) as client:
            answer = client.get(url, timeout=60)

    assert answer.text == "hello"
    assert enabled(tmp_path) == ["runserver"]


def test_a_process_that_only_looks_finds_the_host_and_enables_nothing(tmp_path: Path) -> None:
    program = (
        "from portico.host import current_host, looking\n"
        "with looking():\n"
        "    from django.core.wsgi import get_wsgi_application\n"
        "    from portico.adapters import host_of\n"
        "    application = get_wsgi_application()\n"
        "    print(host_of(application) is current_host(), host_of().is_open)\n"
    )

    finished = run(tmp_path, "-c", program)

    assert (finished.stdout, enabled(tmp_path)) == ("True False\n", []), finished.stderr


# -- settings ----------------------------------------------------------------------------------------------------


def opened_with(
    folder: Path, portico: str, *, app: str = "portico.adapters.django"
) -> subprocess.CompletedProcess[str]:
    """Start a program of the project with another setting `PORTICO`; it prints what is enabled."""
    (folder / "own_settings.py").write_text(f"from tests.adapters.django_project.settings import *\n{portico}\n")
    program = (
        "import django; django.setup()\n"
        "from portico.adapters import host_of\n"
        "print(host_of().is_open, [each.name for each in host_of().plugins.list() if each.state == 'enabled'])"
    )
    where = {"PYTHONPATH": f"{ROOT}:{folder}", "DJANGO_SETTINGS_MODULE": "own_settings", "PROJECT_APP": app}
    return run(folder, "-c", program, **where)


STORE = """
from portico.host import MemoryStateStore
class Store(MemoryStateStore):
    pass
store = Store()
store.save("made_here", enabled=True)
"""
IN_FOLDER = 'from pathlib import Path; FOLDER_OF_PLUGINS = Path(__file__).parent / "plugins"'


@pytest.mark.parametrize(
    ("portico", "prints"),
    [
        ("PORTICO = {}", "True []"),
        ("del PORTICO", "True []"),
        ("PORTICO = {'plugins': ['made_here'], 'plugin_folder': FOLDER_OF_PLUGINS}", "True ['made_here']"),
        ("PORTICO = {'state': 'kept.store', 'plugin_folder': FOLDER_OF_PLUGINS}", "True ['made_here']"),
        ("PORTICO = {'state': 'kept.Store', 'plugin_folder': FOLDER_OF_PLUGINS}", "True []"),
        ("PORTICO = 'tests.adapters.django_project.plugins.make_host'", "True ['project_audit']"),
        ("from tests.adapters.django_project.plugins import make_host as PORTICO", "True ['project_audit']"),
    ],
)
def test_the_setting_is_a_dict_of_options_or_a_host_or_where_there_is_one(
    tmp_path: Path, portico: str, prints: str
) -> None:
    (tmp_path / "kept.py").write_text(STORE)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "made_here.py").write_text("from portico import Plugin\nclass MadeHere(Plugin): pass\n")

    finished = opened_with(tmp_path, f"{IN_FOLDER}\n{portico}")

    assert finished.stdout.strip() == prints, finished.stderr


def test_the_path_of_the_configuration_may_stand_in_the_settings(tmp_path: Path) -> None:
    finished = opened_with(tmp_path, "", app="portico.adapters.django.apps.PorticoConfig")

    assert finished.stdout == "True ['project_audit']\n", finished.stderr


@pytest.mark.parametrize(
    ("portico", "message"),
    [
        ("PORTICO = {'plugin': []}", "PORTICO has the unknown option plugin; known are plugins, state, "),
        ("PORTICO = 3", "PORTICO is 'int'; set a dict of options, a host, or where one can be imported from"),
        ("PORTICO = 'nowhere.host'", "PORTICO is 'nowhere.host', which cannot be imported: No module named 'nowhere'"),
        ("PORTICO = {'state': 'nowhere.store'}", "PORTICO['state'] is 'nowhere.store', which cannot be imported"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_clear_error(tmp_path: Path, portico: str, message: str) -> None:
    finished = opened_with(tmp_path, portico)

    assert finished.stderr.splitlines()[-1].startswith(f"portico.errors.ConfigurationError: {message}")
