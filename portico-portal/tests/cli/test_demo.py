import mailbox
import os
import re
import select
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from portico_portal import Database
from portico_portal.migrate import PORTAL

COMMAND = [sys.executable, "-c", "from portico_portal.cli import main; main()"]


def submit(client: httpx.Client, path: str, **typed: str) -> None:
    token = re.search(r'id="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert token is not None
    client.post(path, data={"csrf_token": token[1]} | typed)


class Demo:
    """`portico-portal demo` in a process of its own, up to the moment it says where to go."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "demo", "--data", str(data), *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "One line for each signal" in line:
                break
        address = re.search(r"Open +(http://\S+)", self.said)
        assert address is not None, self.said + (self.process.stderr.read() if self.process.stderr else "")
        self.url = address[1]

    def wait_for(self, words: str) -> None:
        """Read on until a line holds these words."""
        assert self.process.stdout is not None
        assert any(words in line for line in self.process.stdout), f"it ended without {words!r}"

    @contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, follow_redirects=True) as client:
            yield client

    @contextmanager
    def signed_in(self, name: str, password: str) -> Iterator[httpx.Client]:
        with self.visitor() as client:
            submit(client, "/sign-in", name=name, password=password)
            yield client

    def stop(self, number: int = signal.SIGINT, *, whole_terminal: bool = True) -> tuple[int, str, str]:
        """The exit code, and what it said from then on, on both streams."""
        if whole_terminal:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


Start = Callable[..., Demo]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def start(*arguments: str, port: int = 0, data: str = "demo", **environment: str) -> Demo:
            demo = Demo(tmp_path / data, "--port", str(port), *arguments, **environment)
            running.callback(demo.kill)
            return demo

        yield start


def test_the_demo_shows_where_to_go_and_lets_its_people_in(start: Start) -> None:
    demo = start()

    with demo.signed_in("admin", "portico-demo") as admin:
        assert "Hello, Ada Keller" in admin.get("/").text
        assert "Pavel Novák" in admin.get("/users").text
        plugins = {plugin["name"]: plugin["state"] for plugin in admin.get("/console/plugins.json").json()["plugins"]}
        assert "No mail yet" in admin.get("/mailbox").text
    assert {plugins[name] for name in ("audit", "welcome_mail", "flaky")} == {"enabled"}
    assert "admin with the password portico-demo" in demo.said


def test_mail_reaches_the_mailbox_page(start: Start) -> None:
    demo = start()

    with demo.visitor() as visitor:
        submit(visitor, "/forgot-password", name="amara")
        # The line of the signal follows the mail, which follows the answer.
        demo.wait_for("core:request_password_reset")

        assert "amara@portico.example" in visitor.get("/mailbox").text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_terminal", [True, False])
def test_it_stops_cleanly_and_takes_its_mail_server_along(start: Start, number: int, *, whole_terminal: bool) -> None:
    demo = start()
    children = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()
    assert len(children) == 1

    code, _, err = demo.stop(number, whole_terminal=whole_terminal)

    assert code == 0
    assert err == "The demo is stopped; its data is kept.\n"
    assert not Path(f"/proc/{children[0]}").exists()


def test_each_signal_is_a_line(start: Start) -> None:
    demo = start()
    with demo.signed_in("nobody", "wrong password"):
        pass

    _, out, _ = demo.stop()

    (line,) = [line for line in out.splitlines() if "core:failed_login" in line]
    assert re.search(r"'nobody' +audit/write_down [\d.]+ ms ok", line)


def test_a_terminal_of_another_encoding_is_shown_what_it_has_no_character_for(start: Start) -> None:
    demo = start(data="größe", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    with demo.signed_in("Novák", "wrong password"):
        pass

    code, out, _ = demo.stop()

    assert code == 0
    assert demo.said.isascii()
    assert r"gr\xf6\xdfe,kept" in re.sub(r"[\s|]", "", demo.said)  # a long path is folded
    assert r"core:failed_login  'Nov\xe1k'  audit/write_down" in out


def test_a_taken_port_is_said_and_the_next_one_used(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        demo = start(port=port)

        used = int(demo.url.rpartition(":")[2])
        assert f"Port {port} is taken: using {used}." in demo.said
        assert used > port
        assert httpx.get(demo.url).status_code == 200


def test_a_second_run_keeps_the_data_and_the_sessions_and_fresh_starts_over(start: Start) -> None:
    demo = start()
    with demo.signed_in("admin", "portico-demo") as admin:
        submit(admin, "/account", full_name="Renamed")
        cookies = dict(admin.cookies)
    demo.stop()

    again = start()
    assert "Hello, Renamed" in httpx.get(again.url, cookies=cookies).text
    again.stop()

    fresh = start("--fresh")
    with fresh.signed_in("admin", "portico-demo") as admin:
        assert "Hello, Ada Keller" in admin.get("/").text


def test_the_mail_server_ends_when_the_demo_is_killed(start: Start) -> None:
    demo = start()
    children = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()

    descriptor = os.pidfd_open(int(children[0]))

    demo.kill()

    try:
        assert select.select([descriptor], [], [], 20)[0]
    finally:
        os.close(descriptor)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, "demo", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_another_address_than_loopback_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    finished = run("--host", "0.0.0.0", "--data", str(tmp_path / "demo"))  # noqa: S104 - to be refused

    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: cannot start with these settings: host (as given): is '0.0.0.0'")
    assert not (tmp_path / "demo").exists()


def test_a_folder_of_somebody_else_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    finished = run("--fresh", "--data", str(tmp_path))

    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert (tmp_path / "thesis.tex").exists()


def test_a_folder_of_a_demo_that_was_part_of_portico_itself_is_taken_with_all_that_is_in_it(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "portico-demo.txt").write_text(
        "This folder belongs to `portico demo`, and `portico demo --fresh` deletes it.\n"
    )
    (folder / "secret_key").write_text("k" * 64)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@example.org", "grace@example.org", "Kept since last year"
    mail.set_content("Hello.")
    mailbox.Maildir(folder / "mailbox").add(mail.as_bytes())
    store_as_then(folder / "portal.db", name="grace", full_name="Grace Hopper", password="portico-demo")

    with start().signed_in("grace", "portico-demo") as grace:
        home = grace.get("/").text
        plugins = {plugin["name"]: plugin["state"] for plugin in grace.get("/console/plugins.json").json()["plugins"]}
        mails = grace.get("/mailbox").text

    assert "Hello, Grace Hopper" in home
    assert (plugins["audit"], plugins["welcome_mail"]) == ("enabled", "disabled")
    assert "Kept since last year" in mails
    assert (folder / "secret_key").read_text() == "k" * 64


def store_as_then(file: Path, *, name: str, full_name: str, password: str) -> None:
    """Make a database with the tables of that time, an administrator in it, and a plugin that was switched off."""
    database = Database(f"sqlite:///{file}")
    PORTAL.upgrade(database.engine, "0003")
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, name, name_key, email, email_key, full_name, password_hash,"
                " password_version, is_admin, is_active, created_at)"
                " VALUES (1, :name, :name, :email, :email, :full_name, :hash, 1, true, true, '2026-01-01')"
            ),
            {
                "name": name,
                "email": f"{name}@example.org",
                "full_name": full_name,
                "hash": PasswordHasher().hash(password),
            },
        )
        connection.execute(
            text(
                "INSERT INTO plugin_state (name, enabled, changed_at, probation, revision)"
                " VALUES ('welcome_mail', false, '2026-01-01', false, 1)"
            )
        )
    database.close()


def test_a_broken_database_is_refused_in_one_line_and_kept(tmp_path: Path) -> None:
    (tmp_path / "portico-demo.txt").write_text("")
    (tmp_path / "portal.db").write_text("no database " * 100)

    finished = run("--port", "0", "--data", str(tmp_path))

    assert finished.returncode == 1
    assert (
        finished.stderr == f"Error: cannot open the database sqlite:///{tmp_path}/portal.db: file is not a database\n"
    )
    assert (tmp_path / "portal.db").read_text().startswith("no database")


def test_the_folder_that_a_person_names_is_the_one_that_is_used(start: Start, tmp_path: Path) -> None:
    name = "mine?x=1#2 %41&é'"
    before = set(tmp_path.iterdir())

    demo = start(data=name)
    assert httpx.get(demo.url).status_code == 200
    demo.stop()

    assert set(tmp_path.iterdir()) - before == {tmp_path / name}
    assert (tmp_path / name / "portal.db").read_bytes().startswith(b"SQLite format 3")


def test_the_mail_server_is_loopback_only_and_takes_mail(start: Start, tmp_path: Path) -> None:
    demo = start()
    child = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()[0]
    inodes = {str(path.readlink()) for path in Path(f"/proc/{child}/fd").iterdir() if path.is_symlink()}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (listening,) = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]

    host, port = listening.split(":")

    assert host == "0100007F"
    with smtplib.SMTP("127.0.0.1", int(port, 16), "localhost", timeout=10) as smtp:
        assert smtp.noop()[0] == 250
