"""What commands print where the standard streams cannot encode everything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portico.cli.terminal import can_print_all
from tests.journeys.served_process import PORTICO

SETTINGS = {"PORTICO_SECRET_KEY": "k" * 32, "PORTICO_PLUGINS": "audit", "PORTICO_PLUGIN_FOLDER": "plugins"}
ENCODINGS = ["cp1252", "ascii", "latin-1", "iso8859-5", "cp437"]


def run(folder: Path, encoding: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `portico` in a process whose standard streams have an encoding."""
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / "gr\u00fc\u00dfe_\u65e5\u672c.py").write_text("")
    env = {"PATH": os.environ["PATH"], "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, **SETTINGS}
    return subprocess.run([PORTICO, *arguments], cwd=folder, env=env, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_terminal_of_another_encoding_prints_plainer_marks(tmp_path: Path, encoding: str) -> None:
    finished = run(tmp_path, encoding, "plugins", "list")

    assert finished.returncode == 0, finished.stderr
    listed = finished.stdout.decode(encoding)
    assert "enabled" in listed
    assert "+ enabled" in listed
    assert "\\u65e5\\u672c" in listed
    assert b"Traceback" not in finished.stderr


def test_a_terminal_that_can_prints_the_marks_themselves(tmp_path: Path) -> None:
    finished = run(tmp_path, "utf-8", "plugins", "list")

    assert "\u2713 enabled" in finished.stdout.decode()
    assert "gr\u00fc\u00dfe_\u65e5\u672c" in finished.stdout.decode()


@pytest.mark.parametrize("encoding", ["utf-8", *ENCODINGS])
def test_json_can_be_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    finished = run(tmp_path, encoding, "plugins", "list", "--json")

    names = [plugin["name"] for plugin in json.loads(finished.stdout.decode(encoding))["plugins"]]
    assert "gr\u00fc\u00dfe_\u65e5\u672c" in names


def test_messages_are_plainer_too(tmp_path: Path) -> None:
    finished = run(tmp_path, "ascii", "plugins", "show", "\u65e5\u672c\u8a9e")

    assert finished.returncode == 3
    assert b"no plugin is called" in finished.stderr
    assert b"Traceback" not in finished.stderr


def test_a_stream_of_an_unknown_encoding_is_thought_to_print_little() -> None:
    class Stream:
        encoding = "no such encoding"

    assert not can_print_all(Stream())
    assert can_print_all(sys.__stdout__) == (getattr(sys.__stdout__, "encoding", "utf-8").lower().startswith("utf"))
