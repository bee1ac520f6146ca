"""Places where the state of plugins is kept, one of each kind, as the tests of stores find them: empty, and shared."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Engine, create_engine, delete, select, update

from portico.host import FileStateStore, MemoryStateStore, SQLStateStore
from portico.plugins import StateStore
from portico.tables import TABLES, plugin_report, plugin_revision, plugin_state

KINDS: Final = ["memory", "file", "sqlite", "postgresql", "mariadb"]
SHARED: Final = [kind for kind in KINDS if kind != "memory"]
"""Those that several processes can use."""


class Place(Protocol):
    """Where state is kept."""

    program: str
    """What another process runs to have the store as `store`."""

    def open(self) -> StateStore:
        """Return the store, as another process would open it."""

    def empty(self) -> None:
        """Forget everything."""

    def grow_older(self, by: timedelta) -> None:
        """Make every report older."""

    def close(self) -> None:
        """Close what was opened."""


class Memory:
    """One store: there is no other way to it."""

    program = ""

    def __init__(self) -> None:
        self._passed = timedelta()
        self.empty()

    def open(self) -> StateStore:
        return self._store

    def empty(self) -> None:
        self._store = MemoryStateStore(lambda: datetime.now(UTC) + self._passed)

    def grow_older(self, by: timedelta) -> None:
        self._passed += by

    def close(self) -> None:
        pass


class File:
    """A file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plugins.json"
        self.program = f"from portico.host import FileStateStore; store = FileStateStore({str(self.path)!r})"

    def open(self) -> FileStateStore:
        return FileStateStore(self.path)

    def empty(self) -> None:
        self.path.unlink(missing_ok=True)

    def grow_older(self, by: timedelta) -> None:
        document = json.loads(self.path.read_text())
        for report in document["reports"]:
            report["seen_at"] = (datetime.fromisoformat(report["seen_at"]) - by).isoformat()
        self.path.write_text(json.dumps(document))

    def close(self) -> None:
        pass


class Database:
    """The tables of a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url)
        TABLES.upgrade(self.engine)
        self._stores: list[SQLStateStore] = []
        self.program = f"from portico.host import SQLStateStore; store = SQLStateStore({url!r})"

    def open(self) -> SQLStateStore:
        self._stores.append(SQLStateStore(self.url))
        return self._stores[-1]

    def empty(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(plugin_state))
            connection.execute(delete(plugin_report))
            connection.execute(update(plugin_revision).values(number=0))

    def grow_older(self, by: timedelta) -> None:
        with self.engine.begin() as connection:
            for row in connection.execute(select(plugin_report)).all():
                this = (plugin_report.c.process == row.process) & (plugin_report.c.plugin == row.plugin)
                connection.execute(update(plugin_report).where(this).values(seen_at=row.seen_at - by))

    def close(self) -> None:
        for store in self._stores:
            store.close()
        self._stores.clear()
        self.engine.dispose()


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


OpenPlace = Callable[[str], Place]
