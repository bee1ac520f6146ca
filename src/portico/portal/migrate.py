"""Brings a database to the tables that this version of the portal needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from portico.errors import ConfigurationError
from portico.portal.database import Database

SCRIPTS = Path(__file__).with_name("migrations")


def upgrade_database(database: Database, revision: str = "head") -> str:
    """Run every migration that is missing, up to `revision`; return the revision the database has now.

    Several processes may start at once: they queue up, and the second finds nothing left to do.

    Raises:
        ConfigurationError: the database cannot be opened, or a newer Portico wrote it.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with database.opening(), database.changing_schema() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise ConfigurationError(
                f"cannot migrate the database: {error}; was it written by a newer Portico?"
            ) from error
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_up_to_date(database: Database) -> bool:
    """Whether the database has the tables of this version. Asks and makes nothing, not even an empty SQLite file.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    file = database.url.database
    if database.is_sqlite and file and not Path(file).exists():
        return False
    with database.opening(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest_revision()


def newest_revision() -> str:
    """The revision that this version of the portal brings a database to."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head() or ""
