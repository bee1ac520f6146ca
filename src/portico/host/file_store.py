"""Keeps the state of plugins in a file that several processes of one machine share."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.errors import ConfigurationError
from portico.host.stores import not_expired
from portico.plugins import Desired, ProcessReport
from portico.signals import Mutex

try:
    import fcntl
except ImportError:  # where processes cannot lock a file like this: not on a POSIX system
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MARK: Final = "portico: state of plugins"
VERSION: Final = 1
WAIT_SECONDS: Final = 10
_RETRY_SECONDS: Final = 0.002
# Two versions of a file that are written at the same tick of its clock cannot be told apart by looking at their times.
_TICK_NANOSECONDS: Final = 2_000_000_000

# A lock of a file belongs to the whole process, and is gone when any thread closes that file: one thread at a time.
_writing: Final = Mutex()


class _Stamp(NamedTuple):
    """What is another one when the file was replaced."""

    device: int
    inode: int
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Content:
    revision: int = 0
    desired: Mapping[str, Desired] = field(default_factory=dict)
    reports: tuple[ProcessReport, ...] = ()


class FileStateStore:
    """A store in a JSON file, for the processes of one machine that have no database.

    The file is replaced as a whole, and on the disk when `save` returns: a process that is killed at any moment leaves
    the old one or the new one. Beside it lies `<name>.lock`, which whoever writes locks.

    Args:
        path: the file, made by the first `save`; its folder has to be there, on a file system of this machine.
        clock: what time it is, for the age of reports.

    Raises:
        ConfigurationError: there is no such folder, it names something else than a file, or this system cannot lock
            files. From any method: the file cannot be read or written, or was not written by this version's store.
    """

    def __init__(self, path: str | os.PathLike[str], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        # Of a link, the file that it points to: a replaced link would be one no more.
        self._path: Final = Path(os.path.realpath(path))
        self._clock: Final = clock
        self._seen: tuple[_Stamp, _Content] | None = None
        if fcntl is None:
            raise _refuse(
                self._path, "this system has no fcntl to lock it with; use SQLStateStore, with SQLite perhaps"
            )
        if not self._path.parent.is_dir():
            raise _refuse(self._path, "there is no such folder; make it first")
        if self._path.exists() and not self._path.is_file():
            raise _refuse(self._path, "it is no file; name one")

    def revision(self) -> int:
        """Return the number of the latest change. The file is read only if it was replaced since the last time."""
        return self._read().revision

    def load(self) -> Mapping[str, Desired]:
        """Return what is desired of each plugin that was ever switched, by name."""
        return dict(self._read().desired)

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        """Remember what a plugin is to be, under a new revision."""
        with self._alone():
            before = self._read()
            desired = Desired(enabled, quarantine, probation, before.revision + 1)
            self._write(replace(before, revision=desired.revision, desired=dict(before.desired) | {name: desired}))
        return desired

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        """Replace everything that a process has said before; what has expired goes too."""
        now = self._clock()
        with self._alone():
            before = self._read()
            others = [report for report in not_expired(before.reports, now) if report.process != process]
            said = [replace(report, process=process, seen_at=now) for report in reports]
            self._write(replace(before, reports=(*others, *said)))

    def reports(self) -> Sequence[ProcessReport]:
        """Return what every process that still runs, as far as can be told, said last."""
        return not_expired(self._read().reports, self._clock())

    def __repr__(self) -> str:
        return f"FileStateStore({str(self._path)!r})"

    # -- reading ------------------------------------------------------------------------------------------------

    def _read(self) -> _Content:
        try:
            seen = self._seen
            if seen is not None and seen[0] == _stamp(os.stat(self._path)):  # noqa: PTH116 - half the price, twice a second
                return seen[1]
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                data = file.read()
        except FileNotFoundError:
            self._seen = None
            return _Content()
        except OSError as error:
            raise self._failed("read", error) from error
        content = _parse(self._path, data)
        is_settled = time.time_ns() - status.st_mtime_ns > _TICK_NANOSECONDS
        self._seen = (_stamp(status), content) if is_settled else None
        return content

    # -- writing ------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other thread and no other process write meanwhile."""
        lock = self._path.with_name(f"{self._path.name}.lock")
        deadline = time.monotonic() + WAIT_SECONDS
        with _writing:
            while True:
                try:
                    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
                except OSError as error:
                    raise self._failed("lock", error) from error
                try:
                    self._give_to_owner_of_folder(file)
                    if self._lock(lock, file):
                        yield
                        return
                finally:
                    os.close(file)  # and unlock it
                if time.monotonic() > deadline:
                    raise _refuse(
                        self._path,
                        f"another process has been writing it for {WAIT_SECONDS} seconds; see what it is doing",
                    )
                time.sleep(_RETRY_SECONDS)

    def _lock(self, path: Path, file: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise self._failed("lock", error) from error
        # Somebody may have deleted it meanwhile, and another one locked a new one.
        try:
            return os.path.samestat(os.fstat(file), os.stat(path))  # noqa: PTH116 - beside the other
        except FileNotFoundError:
            return False

    def _write(self, content: _Content) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            # One that was killed may have left it.
            new.unlink(missing_ok=True)
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                self._take_after_old(file)
                with open(file, "wb", closefd=False) as stream:
                    stream.write(_render(content))
                os.fsync(file)
            finally:
                os.close(file)
            new.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise self._failed("write", error) from error

    def _take_after_old(self, file: int) -> None:
        try:
            old = self._path.stat()
        except FileNotFoundError:
            self._give_to_owner_of_folder(file)
            return
        os.fchmod(file, old.st_mode & 0o7777)
        with suppress(PermissionError):  # Only root gives a file away.
            os.fchown(file, old.st_uid, old.st_gid)

    def _give_to_owner_of_folder(self, file: int) -> None:
        # A command of root's must not leave what the application may not open.
        if os.geteuid() == 0:
            folder = self._path.parent.stat()
            os.fchown(file, folder.st_uid, folder.st_gid)

    def _failed(self, what: str, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"cannot {what} the state of plugins in {str(self._path)!r}: {error.strerror}")


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _refuse(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"cannot keep the state of plugins in {str(path)!r}: {why}")


# -- the format ---------------------------------------------------------------------------------------------------


def _render(content: _Content) -> bytes:
    document = {
        "format": MARK,
        "version": VERSION,
        "revision": content.revision,
        "plugins": {
            name: {
                "enabled": each.enabled,
                "quarantine": each.quarantine,
                "probation": each.probation,
                "revision": each.revision,
            }
            for name, each in content.desired.items()
        },
        "reports": [
            {
                "process": each.process,
                "plugin": each.plugin,
                "state": str(each.state),
                "failure": each.failure,
                "failures": each.failures,
                "needs_restart": each.needs_restart,
                "requires": list(each.requires),
                "seen_at": each.seen_at.isoformat(),
            }
            for each in content.reports
        ],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def _parse(path: Path, data: bytes) -> _Content:
    """Return what is in a file.

    Raises:
        ConfigurationError: it was not written by a store, or by a newer one, or is broken. The file stays as it is.
    """
    advice = "nothing was changed; put it right, or move it away to begin anew"
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        why = "it is empty" if not data else f"it is no JSON ({error})"
        raise _refuse(path, f"{why}; {advice}") from None
    match document:
        case {"format": str(mark), "version": int(version)} if mark == MARK:
            if version > VERSION:
                why = f"a newer Portico wrote it, in version {version}, and this one knows {VERSION}; use the newer one"
                raise _refuse(path, why)
        case _:
            raise _refuse(path, f"it holds something else; {advice}")
    try:
        return _content(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refuse(path, f"it is broken ({error!r}); {advice}") from None


def _content(document: Any) -> _Content:
    revision = _of(int, document["revision"])
    desired = {
        name: Desired(
            enabled=_of(bool, each["enabled"]),
            quarantine=_of(str, each["quarantine"], or_none=True),
            probation=_of(bool, each["probation"]),
            revision=_of(int, each["revision"]),
        )
        for name, each in _of(dict, document["plugins"]).items()
    }
    if any(each.revision > revision for each in desired.values()):
        msg = "a plugin was changed after the last change"
        raise ValueError(msg)
    return _Content(revision, desired, tuple(_report(each) for each in _of(list, document["reports"])))


def _report(each: Any) -> ProcessReport:
    seen_at = datetime.fromisoformat(each["seen_at"])
    if seen_at.tzinfo is None:
        msg = "a report has a time without a time zone"
        raise ValueError(msg)
    return ProcessReport(
        process=_of(str, each["process"]),
        plugin=_of(str, each["plugin"]),
        state=_of(str, each["state"]),
        failure=_of(str, each["failure"], or_none=True),
        failures=_of(int, each["failures"]),
        needs_restart=_of(bool, each["needs_restart"]),
        requires=tuple(_of(str, name) for name in _of(list, each["requires"])),
        seen_at=seen_at,
    )


def _of(kind: type, value: Any, *, or_none: bool = False) -> Any:
    if type(value) is kind or (or_none and value is None):
        return value
    msg = f"{value!r} is no {kind.__name__}"
    raise TypeError(msg)
