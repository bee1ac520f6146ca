"""What a server and a plugin's receivers can do to each other: gunicorn with one worker, and a plugin that leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PLUGIN = """
import os, signal, sys

from portico.builtin import core
from portico.plugins import ISignal, Plugin, implements


def leave(blueprint_type, blueprint):
    sys.exit(3)  # gunicorn's code for a worker that cannot be started: its master would give up.


def hear(app, **_):
    import flask
    way = flask.request.args.get("way")
    if way == "exit":
        sys.exit(3)
    if way == "recurse":
        hear(app)
    if way == "stop":
        os.kill(os.getpid(), signal.SIGQUIT)


class Leaving(Plugin):
    implements(ISignal)
    name = "leaving"

    def get_signal_subscriptions(self):
        return {core.signal("request_started"): [hear], core.signal("register_blueprint"): [leave]}
"""

APPLICATION = """
import os
from pathlib import Path

import flask

from portico import Portico
from portico.builtin import core

app = flask.Flask("shop")
host = Portico(plugins=["leaving"], plugin_folder=Path("plugins"))
host.init_app(app)
core.signal("register_blueprint").send("dataset", blueprint=flask.Blueprint("books", "shop"))


@app.get("/")
def index():
    return {"worker": os.getpid(), "failures": host.plugins.manager.get("leaving").failures}
"""


class Server:
    """gunicorn on a free port, with the application in a folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "plugins").mkdir()
        (folder / "plugins" / "leaving.py").write_text(PLUGIN, encoding="utf-8")
        (folder / "application.py").write_text(APPLICATION, encoding="utf-8")
        command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "1", "application:app"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PYTHONUNBUFFERED": "1"}, stderr=subprocess.PIPE, text=True
        )
        self.url = self._read_url()

    def get(self, **params: str) -> dict[str, Any]:
        response = httpx.get(self.url, params=params, timeout=60, trust_env=False)
        answer: dict[str, Any] = response.raise_for_status().json()
        return answer

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def _read_url(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "Listening at: " in line:
                return line.partition("Listening at: ")[2].partition(" ")[0]
        raise AssertionError(self.process.wait())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.mark.parametrize("way", ["exit", "recurse"])
def test_a_plugin_that_leaves_while_the_server_starts_or_answers_or_recurses_harms_neither(
    server: Server, way: str
) -> None:
    before = server.get()
    during = server.get(way=way)
    after = server.get()

    assert (before["worker"], after["worker"]) == (during["worker"], during["worker"])
    assert (before["failures"], during["failures"]) == (1, 2)
    assert server.stop() == 0


def test_a_server_that_stops_its_worker_in_the_midst_of_a_receiver_is_heard(server: Server) -> None:
    before = server.get()
    with pytest.raises(httpx.HTTPError):  # Cut off, or answered by gunicorn itself.
        server.get(way="stop")
    after = server.get()

    assert after["worker"] != before["worker"]
    assert after["failures"] == before["failures"] == 1
    assert server.stop() == 0
