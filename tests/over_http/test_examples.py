"""Runs each example of an application as its reader does, on the servers that it names."""

import json
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.architecture.environments import ROOT, Environment
from tests.over_http.workers import TIMEOUT_SECONDS, Workers

EXAMPLES = ROOT / "examples"
GUNICORN = ["gunicorn", "--bind", "fd://{fd}", "--no-control-socket"]
UVICORN = ["uvicorn", "--fd", "{fd}"]


def serve(environment: Environment, example: str, folder: Path, *command: str) -> Workers:
    module, *options = command
    run = [environment.bin / "python", "-W", "error", "-m", module, *options]
    return Workers(run, folder, PYTHONPATH=str(EXAMPLES / example))


def journal(folder: Path) -> list[str]:
    return (folder / "journal.txt").read_text().splitlines()


def post(served: Workers, path: str) -> int:
    return httpx.post(served.url + path, timeout=TIMEOUT_SECONDS, trust_env=False).status_code


@pytest.mark.parametrize(
    ("example", "server"), [("flask_app", [*GUNICORN, "app:app"]), ("fastapi_app", [*UVICORN, "app:app"])]
)
def test_a_shop_notes_orders_and_answers_and_closes_its_journal(
    environment: Environment, tmp_path: Path, example: str, server: list[str]
) -> None:
    with serve(environment, example, tmp_path, *server) as served:
        statuses = [post(served, path) for path in ("/orders/nora/tea", "/nowhere")]

    assert statuses == [200, 404]
    assert journal(tmp_path) == ["nora ordered tea", "shop answered 200", "shop answered 404", "closed"]


def test_a_project_in_one_file_makes_its_tables_and_tells_of_what_was_stored(
    environment: Environment, tmp_path: Path
) -> None:
    app = str(EXAMPLES / "django_app" / "app.py")
    environment.run("python", "-W", "error", app, "migrate", cwd=tmp_path).check_returncode()
    assert not (tmp_path / "journal.txt").exists()

    with serve(environment, "django_app", tmp_path, *GUNICORN, "app:application") as served:
        statuses = [post(served, f"/join/{name}") for name in ("nora", "nobody")]

    assert statuses == [200, 200]
    assert journal(tmp_path) == ["nora joined as number 1", "closed after 2 rows"]


SCRIPT = EXAMPLES / "plain_script" / "app.py"


def test_a_script_works_off_what_it_is_given_and_closes_its_journal(environment: Environment, tmp_path: Path) -> None:
    python: list[str | Path] = [environment.bin / "python", "-W", "error"]

    subprocess.run(
        [*python, SCRIPT, "tea", "coffee"],
        cwd=tmp_path,
        input="cake\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )

    assert journal(tmp_path) == [*(f"somebody ordered {item}" for item in ("tea", "coffee", "cake")), "closed"]


def test_a_script_that_is_ended_closes_its_journal_too(environment: Environment, tmp_path: Path) -> None:
    with subprocess.Popen(
        [environment.bin / "python", SCRIPT], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "ready\n"
        script.send_signal(signal.SIGTERM)
        code = script.wait(TIMEOUT_SECONDS)

    assert code == 0
    assert journal(tmp_path) == ["closed"]


@pytest.mark.parametrize("app", ["flask_app/app.py:app", "fastapi_app/app.py:app", "django_app/app.py:application"])
def test_the_command_looks_at_an_application_and_puts_no_plugin_to_work(
    environment: Environment, tmp_path: Path, app: str
) -> None:
    listed = environment.run("portico", "--app", str(EXAMPLES / app), "plugins", "list", "--json", cwd=tmp_path)

    assert listed.returncode == 0, listed.stderr
    assert [each["name"] for each in json.loads(listed.stdout)["plugins"]] == ["journal"]
    assert not (tmp_path / "journal.txt").exists()
