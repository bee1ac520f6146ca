"""Keeps the state of plugins in an SQLite file, for the processes of an application in a test."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from portico.plugins import Desired, ProcessReport


class SqliteStore:
    """The store in a file, which is made where it is written first."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).resolve()

    def revision(self) -> int:
        return max((each.revision for each in self.load().values()), default=0)

    def load(self) -> Mapping[str, Desired]:
        return {name: Desired(**json.loads(text)) for name, text in self._read("desired")}

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        with self._open() as connection:
            desired = Desired(enabled, quarantine, probation, self.revision() + 1)
            connection.execute("REPLACE INTO desired VALUES (?, ?)", [name, json.dumps(asdict(desired))])
            return desired

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        said = [asdict(each) | {"seen_at": each.seen_at.isoformat()} for each in reports]
        with self._open() as connection:
            connection.execute("REPLACE INTO reports VALUES (?, ?)", [process, json.dumps(said)])

    def reports(self) -> Sequence[ProcessReport]:
        said = [each for _, text in self._read("reports") for each in json.loads(text)]
        return [ProcessReport(**each | {"seen_at": datetime.fromisoformat(each["seen_at"])}) for each in said]

    def _read(self, table: str) -> list[tuple[str, str]]:
        if not self._path.exists():
            return []
        with self._open() as connection:
            return connection.execute(f"SELECT name, content FROM {table}").fetchall()  # noqa: S608 - ours

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            for table in ("desired", "reports"):
                connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (name TEXT PRIMARY KEY, content TEXT)")
            with connection:
                yield connection
        finally:
            connection.close()
