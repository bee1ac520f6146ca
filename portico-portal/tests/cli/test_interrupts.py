"""Ctrl-C, at whatever moment it comes: one exit code, no traceback, nothing left behind."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-X", "importtime", "-c", "from portico_portal.cli import main; main()"]
# As Python tells of an import, once it is done; those of the interpreter itself come before any of them.
NOT_OURS = re.compile(r"import time: .*\n")


def interrupt(
    command: list[str], moment: str, folder: Path, number: int = signal.SIGINT, **environment: str
) -> tuple[int, str]:
    """Send a signal when a line ends with `moment`; the exit code, and what was said besides the imports."""
    environment = {"PATH": "/usr/bin:/bin", "PORTICO_SECRET_KEY": "k" * 32} | environment
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            seen = ""
            for line in process.stderr:
                seen += line
                if line.split()[-1:] == [moment]:
                    break
            process.send_signal(number)
            _, rest = process.communicate(timeout=60)
        finally:
            process.kill()
    assert moment in seen
    return process.returncode, NOT_OURS.sub("", seen + rest)


MOMENTS = ["flask.globals", "sqlalchemy.sql.elements", "alembic.util", "portico_portal.models"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_demo_that_is_interrupted_while_it_starts_says_nothing(tmp_path: Path, moment: str) -> None:
    code, said = interrupt([*COMMAND, "demo", "--port", "0", "--data", "demo"], moment, tmp_path)

    assert (code, said.strip()) == (130, "")


SLOW = """
import sys, threading
from portico import IPluginBootstrap, Plugin, implements

class Slow(Plugin):
    '''Takes its time.'''

    implements(IPluginBootstrap)

    def bootstrap(self):
        print("bootstrapping", file=sys.stderr, flush=True)
        threading.Event().wait(50)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_portal_that_is_interrupted_while_its_plugins_start_says_nothing(tmp_path: Path, number: int) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    settings = {"PORTICO_PLUGIN_FOLDER": ".", "PORTICO_PLUGINS": "slow"}

    code, said = interrupt([*COMMAND, "serve", "--port", "0"], "bootstrapping", tmp_path, number, **settings)

    assert (code, said.strip()) == (130, "bootstrapping")


def test_any_other_command_ends_the_same_way(tmp_path: Path) -> None:
    code, said = interrupt([*COMMAND, "plugins", "list"], "sqlalchemy.orm.session", tmp_path)

    assert (code, said.strip()) == (130, "")


def test_what_waits_for_a_person_ends_the_same_way(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from portico_portal.cli import main; main()", "admin", "create", "ada"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.read(len("E-mail address: "))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said.strip()) == (130, b"")


# -- moments that no import marks --------------------------------------------------------------------------------


def run(program: str) -> tuple[int, str, str]:
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    return finished.returncode, finished.stdout, finished.stderr


FINALISER = """
import os, signal, threading
from portico.cli.interrupts import leave_on_interrupt, raise_on_interrupt, stopped_by_signals

class Interrupting:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

leave_on_interrupt()
raise_on_interrupt()
"""


def test_an_interrupt_in_a_finaliser_is_not_lost() -> None:
    code, said, complained = run(FINALISER + "Interrupting()\nthreading.Event().wait(50)\nprint('lost')")

    assert (code, said, complained) == (130, "", "")


def test_an_interrupt_in_a_finaliser_stops_what_tidies_up_too() -> None:
    block = """
try:
    with stopped_by_signals():
        try:
            Interrupting()
            threading.Event().wait(50)
        finally:
            os.kill(os.getpid(), signal.SIGINT)  # a second one, which is to be ignored
            print("tidied up")
except KeyboardInterrupt:
    print("stopped")
"""
    assert run(FINALISER + block) == (0, "tidied up\nstopped\n", "")


def test_what_goes_wrong_otherwise_is_still_told() -> None:
    code, _, complained = run(
        FINALISER.replace("os.kill(os.getpid(), signal.SIGINT)", "1 / 0") + "Interrupting()\n1 / 0"
    )

    assert code == 1
    assert complained.count("ZeroDivisionError") == 2


def test_a_process_in_the_background_goes_on_ignoring_ctrl_c() -> None:
    program = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + FINALISER.partition("\n")[2]

    code, said, _ = run(f"import os, threading\n{program}\nInterrupting()\nprint('goes on')")

    assert (code, said) == (0, "goes on\n")
