"""Keeps the state of plugins in a SQLite file, for the processes of a test."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from portico.plugins import Desired, ProcessReport

_TABLES = """
CREATE TABLE IF NOT EXISTS desired (name TEXT PRIMARY KEY, enabled, quarantine, probation, revision INTEGER);
CREATE TABLE IF NOT EXISTS report (process, plugin, state, failure, failures, needs_restart, seen_at);
"""


class SQLiteStateStore:
    """A store of this protocol, and no more than that."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.executescript(_TABLES)

    def revision(self) -> int:
        with self._connected() as connection:
            (revision,) = connection.execute("SELECT coalesce(max(revision), 0) FROM desired").fetchone()
        return int(revision)

    def load(self) -> Mapping[str, Desired]:
        with self._connected() as connection:
            rows = connection.execute("SELECT name, enabled, quarantine, probation, revision FROM desired").fetchall()
        return {
            name: Desired(bool(enabled), quarantine, bool(probation), revision)
            for name, enabled, quarantine, probation, revision in rows
        }

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            (last,) = connection.execute("SELECT coalesce(max(revision), 0) FROM desired").fetchone()
            desired = Desired(enabled, quarantine, probation, last + 1)
            row = (name, enabled, quarantine, probation, last + 1)
            connection.execute("INSERT OR REPLACE INTO desired VALUES (?, ?, ?, ?, ?)", row)
        return desired

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        rows = [
            (process, each.plugin, each.state, each.failure, each.failures, each.needs_restart, str(each.seen_at))
            for each in reports
        ]
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM report WHERE process = ?", (process,))
            connection.executemany("INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def reports(self) -> Sequence[ProcessReport]:
        with self._connected() as connection:
            rows = connection.execute("SELECT * FROM report").fetchall()
        return [
            ProcessReport(
                process,
                plugin,
                state,
                failure,
                failures,
                needs_restart=bool(needs_restart),
                seen_at=datetime.fromisoformat(seen_at),
            )
            for process, plugin, state, failure, failures, needs_restart, seen_at in rows
        ]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            yield connection
            if connection.in_transaction:
                connection.commit()
        finally:
            connection.close()
