"""What a shell completes."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.applications import FLASK_APPLICATION, PORTICO, call, environment, run, write, write_plugins


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        shop=FLASK_APPLICATION,
        broken="1 / 0",
        own="""
from portico import Namespace, Portico
billing, core = Namespace("billing"), Namespace("core")
billing.signal("invoice_sent")
billing.signal("user_created")
host = Portico()
""",
    )
    write_plugins(tmp_path)
    return tmp_path


def complete(folder: Path, line: str, shell: str = "zsh", **env: str) -> list[str]:
    """What a shell offers at the end of a line."""
    words = line.split(" ")
    given = {"_PORTICO_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    finished = call(folder, PORTICO, **given, **env)
    assert finished.stderr == "", finished.stderr
    lines = finished.stdout.splitlines()
    return lines[1::3] if shell == "zsh" else [each.partition(",")[2] for each in lines]


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "quarantine"])
def test_plugins_of_the_application_that_is_named_are_completed(folder: Path, verb: str) -> None:
    assert complete(folder, f"portico --app shop plugins {verb} gr") == ["greeter"]
    assert complete(folder, f"portico plugins {verb} mo", PORTICO_APP="shop") == ["moody"]


def test_several_are_completed_one_after_another(folder: Path) -> None:
    assert complete(folder, "portico --app shop plugins enable moody gr") == ["greeter"]


def test_signals_are_completed_by_name_or_with_their_namespace(folder: Path) -> None:
    assert complete(folder, "portico --app own signals show inv") == ["invoice_sent"]
    assert complete(folder, "portico --app own signals show billing:i") == ["billing:invoice_sent"]
    assert complete(folder, "portico --app own signals show user_cr") == []
    assert complete(folder, "portico --app own signals show bil") == ["billing:user_created"]


@pytest.mark.parametrize("app", ["broken", "gone", "shop:ap"])
def test_where_there_is_nothing_to_complete_with_nothing_is_said(folder: Path, app: str) -> None:
    assert complete(folder, f"portico --app {app} plugins show gr") == []


def test_commands_are_completed_without_any_application(folder: Path) -> None:
    assert complete(folder, "portico plu") == ["plugins"]
    assert complete(folder, "portico plugins en") == ["enable"]


def test_bash_completes_with_the_script_that_is_printed(folder: Path) -> None:
    typed = (
        f'eval "$({PORTICO} completion bash)"\n'
        "COMP_WORDS=(portico --app shop plugins show gr) COMP_CWORD=5\n"
        "\"$(complete -p portico | sed 's/.*-F \\([^ ]*\\) .*/\\1/')\" portico\n"
        'echo "${COMPREPLY[@]}"\n'
    )

    finished = subprocess.run(
        ["/bin/bash", "-c", typed], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )

    assert finished.stdout == "greeter\n", finished.stderr


@pytest.mark.parametrize(
    ("shell", "says"),
    [("bash", "complete -o nosort"), ("zsh", "#compdef portico"), ("fish", "complete --no-files --command portico")],
)
def test_each_shell_has_its_script(folder: Path, shell: str, says: str) -> None:
    named = run(folder, "completion", shell)
    own = run(folder, "completion", SHELL=f"/usr/bin/{shell}")

    assert says in named.stdout
    assert named.stdout == own.stdout


def test_a_shell_that_is_not_known_is_refused(folder: Path) -> None:
    assert run(folder, "completion", "tcsh").returncode == 2
    assert "name a shell: bash, zsh, fish" in run(folder, "completion", SHELL="/bin/sh").stderr
