import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.pythons.running import Commands, FailedError
from scripts.pythons.versions import CACHE


@pytest.fixture
def log() -> Iterator[Path]:
    """A file below the repository, where the logs are."""
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / "test-running.log"
    yield file
    file.unlink(missing_ok=True)


def test_what_a_command_says_is_added_to_its_log(log: Path) -> None:
    commands = Commands()

    codes = [commands.run(["sh", "-c", f"echo {each}; echo {each} >&2; exit {each}"], log) for each in (1, 2)]

    assert codes == [1, 2]
    assert log.read_text(encoding="utf-8").split() == ["1", "1", "2", "2"]


def test_a_command_that_fails_is_named_with_its_log(log: Path) -> None:
    with pytest.raises(FailedError, match=r"sh -c exit 3 ended with 3: see \.cache/pythons/test-running\.log"):
        Commands().check(["sh", "-c", "exit 3"], log)


def test_stopping_ends_what_runs_with_all_that_it_started_and_starts_nothing_more(tmp_path: Path, log: Path) -> None:
    commands, codes, told = Commands(), list[int](), tmp_path / "told"
    # Whoever has the pipe open for writing is alive: its end comes when the last one is gone.
    script = f"exec 3>{told}; sleep 600 & echo started >&3; wait"
    os.mkfifo(told)
    thread = threading.Thread(target=lambda: codes.append(commands.run(["sh", "-c", script], log)))
    thread.start()
    with told.open(encoding="utf-8") as pipe:
        started = pipe.readline()

        commands.stop()

        assert (started, pipe.read()) == ("started\n", "")
    thread.join()
    assert codes == [-signal.SIGTERM]
    with pytest.raises(FailedError, match="sh was not started"):
        commands.run(["sh", "-c", "exit 0"], log)
