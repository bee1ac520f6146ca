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


def upgrade_database(database: Database) -> str:
    """Run every migration that is missing; return the revision the database has now.

    Several processes may start at once: they queue up, and the second finds nothing left to do.

    Raises:
        ConfigurationError: the database cannot be opened, or a newer Portico wrote it.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with database.opening(), database.changing_schema() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(
                f"cannot migrate the database: {error}; was it written by a newer Portico?"
            ) from error
        revision = MigrationContext.configure(connection).get_current_revision()
    return revision or ""


def is_up_to_date(database: Database) -> bool:
    """Whether the database has the tables of this version. Asks and makes nothing, not even an empty SQLite file.

    Raises:
        ConfigurationError: the database cannot be opened, or a newer Portico wrote it.
    """
    file = database.url.database
    if database.is_sqlite and file and not Path(file).exists():
        return False
    with database.opening(), database.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise ConfigurationError(
            f"cannot use the database: it is at revision {revision!r}, which this version does not know;"
            " was it written by a newer Portico?"
        )
    return revision == newest_revision()


def newest_revision() -> str:
    """The revision that this version of the portal brings a database to."""
    return _scripts().get_current_head() or ""


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return ScriptDirectory.from_config(config)
