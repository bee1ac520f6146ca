"""What an open host does when its process ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys
from portico import IPluginBootstrap, Plugin, Portico, implements

def say(word):
    with open(sys.argv[1], "a") as log:
        log.write(word + "\\n")

class Using(Plugin):
    implements(IPluginBootstrap)

    def bootstrap(self):
        say("opened")
        yield
        say("closed")

host = Portico(plugins=[Using]).open()
"""


def run(tmp_path: Path, program: str) -> tuple[int, list[str]]:
    log = tmp_path / "log"
    script = tmp_path / "program.py"
    script.write_text(PROGRAM + program)
    done = subprocess.run([sys.executable, str(script), str(log)], check=False, timeout=60)
    return done.returncode, log.read_text().split()


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("host.close()", 0),
        ("sys.exit(3)", 3),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); os.kill(os.getpid(), signal.SIGTERM)", 0),
        ("host.plugins.disable('Using')", 0),
        ("host.plugins.quarantine('Using')", 0),
    ],
)
def test_what_a_plugin_has_open_is_closed_once_when_the_process_ends(tmp_path: Path, ending: str, code: int) -> None:
    assert run(tmp_path, ending) == (code, ["opened", "closed"])


def test_a_forked_child_closes_nothing_of_its_parent(tmp_path: Path) -> None:
    child = """
pid = os.fork()
if not pid:
    sys.exit(0)
os.waitpid(pid, 0)
say("waited")
"""
    assert run(tmp_path, child) == (0, ["opened", "waited", "closed"])


def test_a_process_that_is_killed_closes_nothing(tmp_path: Path) -> None:
    code, log = run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")

    assert (code, log) == (-signal.SIGKILL, ["opened"])


def test_a_forked_child_closes_what_was_opened_in_it(tmp_path: Path) -> None:
    child = """
class Later(Using):
    name = "later"
    def bootstrap(self):
        say("opened-later")
        yield
        say("closed-later")

pid = os.fork()
if not pid:
    host.plugins.add(Later)
    sys.exit(0)
os.waitpid(pid, 0)
say("waited")
"""
    assert run(tmp_path, child) == (0, ["opened", "opened-later", "closed-later", "waited", "closed"])
