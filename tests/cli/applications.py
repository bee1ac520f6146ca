"""Applications in folders of their own, the command `portico` about them, and processes that follow it."""

import errno
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PORTICO = Path(sys.executable).with_name("portico")
ASKS = "[y/N]"
FLASK = Path(sys.executable).with_name("flask")

STORE = Path(__file__).with_name("sqlite_store.py").read_text(encoding="utf-8")

# Each of these says so where somebody imports or starts it.
PLUGINS = """
import os, sys
from portico import IPluginBootstrap, ISignal, Plugin, implements

print("imported plugins", file=sys.stderr)


class Greeter(Plugin):
    '''Greets.'''

    implements(IPluginBootstrap)

    def bootstrap(self):
        print("started greeter", file=sys.stderr)


class Moody(Plugin):
    '''Works in some processes.'''

    implements(IPluginBootstrap)

    def bootstrap(self):
        if os.environ.get("MOOD") == "bad":
            raise OSError("not today")


class Resident(Plugin):
    '''Is there from the beginning.'''
"""

FLASK_APPLICATION = """
import flask
from pathlib import Path
from sqlite_store import SqliteStore
from portico import Portico

print("imported shop")
app = flask.Flask("shop")
Portico(plugins=["greeter"], plugin_folder=Path("plugins"), state=SqliteStore("state.db")).init_app(app)
"""

# Looks at the store as an application does that has one request after another, until its input ends.
WORKER = """
import select, sys
from sqlite_store import SqliteStore
from portico import Portico

host = Portico(state=SqliteStore("state.db"))

if __name__ == "__main__":
    with host:
        host.plugins.check()
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            host.plugins.check()
"""


def write(folder: Path, **files: str) -> None:
    """Write modules, and beside them the store that they use."""
    for name, content in {"sqlite_store": STORE, **files}.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def write_plugins(folder: Path) -> None:
    """Write the plugin folder of the Flask application: `greeter` and `moody`."""
    write(folder / "plugins", greeter=PLUGINS + "\ndel Moody, Resident\n", moody=PLUGINS + "\ndel Greeter, Resident\n")
    (folder / "plugins" / "sqlite_store.py").unlink()


def install(site: Path, name: str) -> None:
    """Install a distribution with one plugin into a folder on the path: `greeter`, `moody` or `resident`."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[portico.plugins]\n{name} = {name}_plugin:{name.capitalize()}\n")
    (site / f"{name}_plugin.py").write_text(PLUGINS)


def environment(**more: str) -> dict[str, str]:
    """What a command finds: nothing of whoever runs the tests."""
    return {"PATH": f"{PORTICO.parent}:/usr/bin:/bin"} | more


def run(folder: Path, *arguments: str, stdin: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
    """Run `portico` in a folder."""
    return call(folder, PORTICO, *arguments, stdin=stdin, **env)


def call(
    folder: Path, program: Path, *arguments: str, stdin: str = "", **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, its streams being pipes."""
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=environment(**env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read_json(finished: "subprocess.CompletedProcess[str]") -> Any:
    """Return what a command printed for programs."""
    assert finished.stdout, finished.stderr
    return json.loads(finished.stdout)


def on_terminal(folder: Path, *arguments: str, typed: str = "", **env: str) -> tuple[int, str]:
    """Run `portico` on a terminal of its own, where somebody answers what it asks.

    Returns:
        Its exit code, and all that is shown.
    """
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", "--wait", PORTICO, *arguments],
            cwd=folder,
            env=environment(TERM="xterm", COLUMNS="80", **env),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            shown = ""
            try:
                for chunk in _read(ours):
                    shown += chunk
                    if typed and ASKS in shown:
                        os.write(ours, typed.encode())
                        typed = ""
                return process.wait(timeout=60), shown
            finally:
                process.kill()
    finally:
        os.close(ours)


def _read(terminal: int) -> Iterator[str]:
    try:
        while chunk := os.read(terminal, 4096):
            yield chunk.decode()
    except OSError as error:
        if error.errno != errno.EIO:  # how a terminal ends on Linux
            raise


@contextmanager
def running(folder: Path, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the worker in a folder for the length of the block."""
    with subprocess.Popen(
        [sys.executable, "worker.py"],
        cwd=folder,
        env=environment(**env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.communicate("", timeout=60)
