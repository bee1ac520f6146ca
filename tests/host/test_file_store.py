"""What is special about a store in a file: what else may lie there, and what may happen to whoever writes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from portico.errors import ConfigurationError, PluginError
from portico.host import FileStateStore, PluginService, Portico
from portico.plugins import Desired, Plugin

GOOD = {
    "format": "portico: state of plugins",
    "version": 1,
    "revision": 3,
    "plugins": {"audit": {"enabled": True, "quarantine": None, "probation": False, "revision": 3}},
    "reports": [
        {
            "process": "elsewhere:1",
            "plugin": "audit",
            "state": "enabled",
            "failure": None,
            "failures": 0,
            "needs_restart": False,
            "requires": [],
            "seen_at": "2026-01-01T00:00:00+00:00",
        }
    ],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plugins.json"


def good(**changed: object) -> bytes:
    return json.dumps(GOOD | changed).encode()


def report(**changed: object) -> list[object]:
    return [GOOD["reports"][0] | changed]  # type: ignore[index]


def test_a_file_of_this_format_is_read(path: Path) -> None:
    path.write_bytes(good())

    store = FileStateStore(path)

    assert (store.revision(), store.load()) == (3, {"audit": Desired(enabled=True, revision=3)})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (good()[:-20], "it is no JSON"),
        (b"\xff\xfe\x00", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it holds something else"),
        (b'{"name": "my-project", "version": 1}', "it holds something else"),
        (good(version="1"), "it holds something else"),
        (good(version=2), "a newer Portico wrote it, in version 2, and this one knows 1; use the newer one"),
        (good(revision=None), "it is broken"),
        (good(revision=True), "it is broken"),
        (good(revision=2), "it is broken"),
        (good(plugins=[]), "it is broken"),
        (good(plugins={"audit": {"enabled": 1, "quarantine": None, "probation": False, "revision": 1}}), "broken"),
        (good(plugins={"audit": {"enabled": True}}), "it is broken"),
        (good(plugins={"audit": None}), "it is broken"),
        (good(reports={}), "it is broken"),
        (good(reports=[None]), "it is broken"),
        (good(reports=report(seen_at="2026-01-01T00:00:00")), "it is broken"),
        (good(reports=report(seen_at="yesterday")), "it is broken"),
        (good(reports=report(seen_at=5)), "it is broken"),
        (good(reports=report(requires=[1])), "it is broken"),
        (good(reports=report(failure=1)), "it is broken"),
    ],
)
def test_a_file_that_is_broken_or_something_else_is_named_and_kept(path: Path, content: bytes, why: str) -> None:
    path.write_bytes(content)
    store = FileStateStore(path)

    for use in (
        store.revision,
        store.load,
        store.reports,
        lambda: store.save("audit", enabled=False),
        lambda: store.report("elsewhere:1", ()),
    ):
        with pytest.raises(ConfigurationError) as refused:
            use()
        assert str(refused.value).startswith(f"cannot keep the state of plugins in {str(path)!r}: ")
        assert why in str(refused.value)
    assert path.read_bytes() == content


def test_a_host_whose_file_is_broken_does_not_open(path: Path) -> None:
    path.write_bytes(b"{")
    host = Portico(state=FileStateStore(path))

    with pytest.raises(ConfigurationError, match="it is no JSON"):
        host.open()

    assert not host.is_open


def test_a_host_finds_what_was_switched_before(path: Path) -> None:
    class Greeting(Plugin):
        pass

    with Portico(plugins=[Greeting], state=FileStateStore(path)) as host:
        host.plugins.disable("Greeting")

    with Portico(plugins=[Greeting], state=FileStateStore(path)) as host:
        assert host.plugins.get("Greeting").state == "disabled"


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing/plugins.json", "there is no such folder; make it first"), (".", "it is no file; name one")],
)
def test_a_path_that_cannot_be_one_is_refused_at_once(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        FileStateStore(tmp_path / name)


def test_a_folder_that_is_gone_is_told_and_the_plugin_stays_as_it_was(tmp_path: Path) -> None:
    class Greeting(Plugin):
        pass

    folder = tmp_path / "state"
    folder.mkdir()
    with Portico(plugins=[Greeting], state=FileStateStore(folder / "plugins.json")) as host:
        folder.rmdir()

        with pytest.raises(PluginError, match="was not disabled: the choice could not be stored"):
            host.plugins.disable("Greeting")

        assert isinstance(host.plugins, PluginService)
        assert host.plugins.get("Greeting").state == "enabled"


def test_without_locks_of_files_it_says_what_to_use(tmp_path: Path) -> None:
    program = "import sys; sys.modules['fcntl'] = None; from portico.host import FileStateStore; FileStateStore('x')"

    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert finished.stderr.splitlines()[-1] == (
        f"portico.errors.ConfigurationError: cannot keep the state of plugins in {str(tmp_path / 'x')!r}: "
        "this system has no fcntl to lock it with; use SQLStateStore, with SQLite perhaps"
    )


# -- writing ----------------------------------------------------------------------------------------------------------


def test_a_link_stays_a_link_and_the_file_keeps_its_mode(tmp_path: Path, path: Path) -> None:
    FileStateStore(path).save("audit", enabled=True)
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)

    FileStateStore(link).save("audit", enabled=False)

    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert FileStateStore(path).load() == {"audit": Desired(enabled=False, revision=2)}


def test_a_name_that_no_encoding_has_is_kept(path: Path) -> None:
    FileStateStore(path).save("\ud800\x00", enabled=True)

    assert list(FileStateStore(path).load()) == ["\ud800\x00"]


def test_nothing_is_read_again_that_has_not_changed(path: Path) -> None:
    store = FileStateStore(path)
    store.save("audit", enabled=True)
    os.utime(path, (1, 1))
    before = store.revision()

    # Unreadable now, and not looked into.
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(b"#" * len(content))
    os.utime(path, (1, 1))

    assert (before, store.revision()) == (1, 1)


DISK_FULL = """
import resource, signal, sys
from portico.host import FileStateStore
store = FileStateStore(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
store.save("audit", enabled=False)
"""


def test_a_disk_that_is_full_leaves_what_was_there(path: Path) -> None:
    store = FileStateStore(path)
    store.save("audit", enabled=True)

    finished = subprocess.run([sys.executable, "-c", DISK_FULL, path], capture_output=True, text=True, check=False)

    assert finished.stderr.splitlines()[-1] == (
        f"portico.errors.ConfigurationError: cannot write the state of plugins in {str(path)!r}: File too large"
    )
    assert store.load() == {"audit": Desired(enabled=True, revision=1)}
    assert sorted(each.name for each in path.parent.iterdir()) == ["plugins.json", "plugins.json.lock"]


STOP_WHILE_WRITING = """
import os, signal, sys
from portico.host import FileStateStore
def stop(event, arguments):
    # What a store does last before the file is another one.
    if event == "os.rename":
        os.kill(os.getpid(), signal.{how})
store = FileStateStore(sys.argv[1])
sys.addaudithook(stop)
store.save("audit", enabled=False)
"""


def test_a_process_killed_right_before_the_file_is_another_one_leaves_the_old_one(path: Path) -> None:
    store = FileStateStore(path)
    store.save("audit", enabled=True)

    program = STOP_WHILE_WRITING.format(how="SIGKILL")
    finished = subprocess.run([sys.executable, "-c", program, path], check=False)

    assert finished.returncode == -signal.SIGKILL
    assert path.with_name("plugins.json.new").exists()
    assert store.load() == {"audit": Desired(enabled=True, revision=1)}
    assert store.save("audit", enabled=False).revision == 2
    assert not path.with_name("plugins.json.new").exists()


KEEP_SAVING = """
import sys
from portico.host import FileStateStore
store = FileStateStore(sys.argv[1])
while True:
    print(store.save("audit", enabled=True, quarantine="x" * 50_000).revision, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_all_that_it_had_stored(path: Path) -> None:
    random = Random(20)  # noqa: S311 - moments, no secrets
    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", KEEP_SAVING, path], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(random.randint(1, 15))]
            for _ in range(random.randint(0, 30_000)):
                pass
            process.kill()
            told += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]

        store = FileStateStore(path)
        assert store.revision() in {told[-1], told[-1] + 1}
        assert store.load()["audit"].quarantine == "x" * 50_000


def test_whoever_writes_waits_for_another_one(path: Path) -> None:
    holder = (
        "import fcntl, os, sys\n"
        "file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print(flush=True)\n"
        "sys.stdin.readline()\n"
    )
    lock = path.with_name("plugins.json.lock")
    writer = (
        "import sys; from portico.host import FileStateStore; store = FileStateStore(sys.argv[1])\n"
        "print('begins', flush=True); print(store.save('audit', enabled=True).revision)"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", holder, lock], **pipes) as holding:  # type: ignore[call-overload]
        holding.stdout.readline()
        with subprocess.Popen([sys.executable, "-c", writer, path], **pipes) as writing:  # type: ignore[call-overload]
            writing.stdout.readline()
            made = path.exists()
            holding.communicate("done\n")
            said, _ = writing.communicate(timeout=30)

    assert (made, said) == (False, "1\n")


def test_a_lock_that_is_deleted_lets_two_write_one_after_the_other_all_the_same(path: Path) -> None:
    store = FileStateStore(path)
    store.save("audit", enabled=True)
    path.with_name("plugins.json.lock").unlink()

    assert store.save("audit", enabled=False).revision == 2


FORKING = """
import os, sys
from portico.host import FileStateStore

store = FileStateStore(sys.argv[1])
store.save("audit", enabled=True)
child = os.fork()
if not child:
    print(store.save("audit", enabled=False).revision, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(store.revision())
"""


def test_a_child_that_was_forked_writes_too(path: Path) -> None:
    # A program of its own: the tests' process has threads, and Python warns of forking then.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == "2\n2\n"
