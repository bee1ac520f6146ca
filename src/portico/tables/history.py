"""Brings the tables of one distribution to its version, step by step, and says which step a database is at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import column, inspect, select, table

from portico.errors import ConfigurationError, MissingExtraError
from portico.signals import Mutex
from portico.tables.engines import changing_schema, opening

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# Alembic keeps what it is at in its modules: two threads would run each other's steps.
_one_at_a_time: Final = Mutex()


class History:
    """The numbered steps by which tables came to be what they are, and the table that keeps the number.

    Args:
        scripts: a folder of Alembic, whose `versions` are called `0001_what.py` and so on. Its `env.py` finds the
            connection and the name of the version table in the attributes of the configuration.
        version_table: the table that keeps the number of the last step that was taken.
        owner: whose tables they are, for messages.
        command: what takes the missing steps, for messages.
    """

    def __init__(self, scripts: Path, *, version_table: str, owner: str, command: str) -> None:
        self.version_table: Final = version_table
        self._scripts: Final = scripts
        self._owner: Final = owner
        self._command: Final = command

    @property
    def known(self) -> list[str]:
        """The numbers of all steps that this version knows, oldest first."""
        return sorted(script.name.partition("_")[0] for script in self._scripts.glob("versions/[0-9]*_*.py"))

    @property
    def newest(self) -> str:
        """The number of the last step: where this version brings a database to."""
        return self.known[-1]

    def current(self, engine: Engine) -> str | None:
        """Return the number of the last step a database has taken; None if it has none of the tables.

        Nothing is made, not even the empty file that SQLite makes of a database that is not there.

        Raises:
            ConfigurationError: the database cannot be opened.
        """
        file = engine.url.database
        if engine.dialect.name == "sqlite" and file and not file.startswith("file:") and not Path(file).exists():
            return None
        with opening(engine), engine.connect() as connection:
            return self._read(connection)

    def check(self, engine: Engine) -> None:
        """Check that a database has the tables of this version.

        Raises:
            ConfigurationError: it has not, or a newer version wrote it, or it cannot be opened.
        """
        current = self.current(engine)
        self._refuse_newer(current)
        if current is None:
            msg = f"the database has none of the tables of {self._owner}; run: {self._command}"
            raise ConfigurationError(msg)
        if current != self.newest:
            msg = f"the database has not the tables of this version; run: {self._command}"
            raise ConfigurationError(msg)

    def refuse_newer(self, engine: Engine) -> None:
        """Check that no newer version wrote a database.

        Raises:
            ConfigurationError: one did, or it cannot be opened.
        """
        self._refuse_newer(self.current(engine))

    def upgrade(self, engine: Engine, revision: str = "head") -> str:
        """Take every step that is missing, up to `revision`; return the number of the last one.

        Several processes may do so at once: they queue up, and the second finds nothing left to do. One that was
        interrupted is done again.

        Raises:
            ConfigurationError: the database cannot be opened, or a newer version wrote it.
            MissingExtraError: Alembic is not installed.
        """
        run = _alembic()
        with _one_at_a_time, opening(engine), changing_schema(engine) as connection:
            self._refuse_newer(self._read(connection))
            run(self._scripts, revision, {"connection": connection, "version_table": self.version_table})
            return self._read(connection) or ""

    def _read(self, connection: Connection) -> str | None:
        # Without Alembic: it is there to upgrade with, and looking needs none.
        if not inspect(connection).has_table(self.version_table):
            return None
        return connection.scalar(select(column("version_num")).select_from(table(self.version_table)))

    def _refuse_newer(self, current: str | None) -> None:
        if current is not None and current not in self.known:
            msg = (
                f"a newer {self._owner} wrote the database: it is at revision {current!r}, and this one knows those up"
                f" to {self.newest!r}; use the newer one"
            )
            raise ConfigurationError(msg)


def _alembic() -> Any:
    """Return what takes the steps of a folder, up to one of them."""
    try:
        from alembic import command  # noqa: PLC0415 - needs an extra
        from alembic.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("Alembic", "migrations") from error

    def run(scripts: Path, revision: str, attributes: dict[str, object]) -> None:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes.update(attributes)
        command.upgrade(config, revision)

    return run
