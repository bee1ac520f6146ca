"""Brings a database to the tables that this version of the portal needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portico.errors import ConfigurationError
from portico_portal.database import Database

SCRIPTS = Path(__file__).with_name("migrations")


def upgrade_database(database: Database, revision: str = "head") -> str:
    """Run every migration that is missing, up to `revision`; return the revision the database has now.

    Several processes may start at once: they queue up, and the second finds nothing left to do.

    Raises:
        ConfigurationError: the database cannot be opened, or a newer Portico wrote it.
    """
    with database.opening(), database.changing_schema() as connection:
        migration = MigrationContext.configure(connection)
        before = migration.get_current_revision()
        if before is not None and before not in _known_revisions():
            raise ConfigurationError(_of_another_version(before))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return migration.get_current_revision() or ""


def is_up_to_date(database: Database) -> bool:
    """Whether the database has the tables of this version, or none. Makes nothing, not even an empty SQLite file.

    Raises:
        ConfigurationError: the database cannot be opened, or has the tables of another version.
    """
    file = database.url.database
    if database.is_sqlite and file and not Path(file).exists():
        return False
    with database.opening(), database.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision != newest_revision():
        raise ConfigurationError(_of_another_version(revision))
    return revision is not None


def newest_revision() -> str:
    """The revision that this version of the portal brings a database to."""
    return _scripts().get_current_head() or ""


def _of_another_version(revision: str) -> str:
    if revision in _known_revisions():
        return "the database has not the tables of this version; run: portico-portal db upgrade"
    return (
        f"a newer Portico wrote the database: it is at revision {revision!r}, and this one knows those up to "
        f"{newest_revision()!r}; use the newer one"
    )


def _known_revisions() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
