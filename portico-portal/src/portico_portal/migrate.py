"""Brings a database to the tables that this version of the portal, and the library in it, need."""

from pathlib import Path
from typing import Final

from portico.errors import ConfigurationError
from portico.tables import TABLES, History
from portico_portal.database import Database

PORTAL: Final = History(
    Path(__file__).with_name("migrations"),
    version_table="alembic_version",
    owner="Portico",
    command="portico-portal db upgrade",
)
"""The history of the portal's own tables; the state of plugins is in the library's."""


def upgrade_database(database: Database, revision: str = "head") -> str:
    """Take every step that is missing, the library's and the portal's up to `revision`; return the portal's last one.

    Several processes may start at once: they queue up, and the second finds nothing left to do.

    Raises:
        ConfigurationError: the database cannot be opened, or a newer Portico wrote it.
    """
    PORTAL.refuse_newer(database.engine)
    TABLES.upgrade(database.engine)
    return PORTAL.upgrade(database.engine, revision)


def is_up_to_date(database: Database) -> bool:
    """Whether the database has the tables of this version, or none. Makes nothing, not even an empty SQLite file.

    Raises:
        ConfigurationError: the database cannot be opened, or has the tables of another version.
    """
    if PORTAL.current(database.engine) is None:
        return False
    PORTAL.check(database.engine)
    TABLES.refuse_newer(database.engine)
    if TABLES.current(database.engine) != TABLES.newest:
        raise ConfigurationError("the database has not the tables of this version; run: portico-portal db upgrade")
    return True
