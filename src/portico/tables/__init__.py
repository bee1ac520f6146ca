"""Makes and upgrades Portico's own tables in a database, and opens it so that those who write wait for one another."""

from pathlib import Path
from typing import Final

from portico.errors import MissingExtraError

try:
    import sqlalchemy  # noqa: F401 - what this room is made of, asked for in one place
except ImportError as error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from error

from portico.tables.columns import NAME_LENGTH, UtcDateTime
from portico.tables.engines import begin_immediate, changing_schema, engine_of, opening, reading, writing
from portico.tables.history import History
from portico.tables.schema import metadata, plugin_report, plugin_revision, plugin_state

__all__ = [
    "NAME_LENGTH",
    "TABLES",
    "History",
    "UtcDateTime",
    "begin_immediate",
    "changing_schema",
    "engine_of",
    "metadata",
    "opening",
    "plugin_report",
    "plugin_revision",
    "plugin_state",
    "reading",
    "writing",
]

TABLES: Final = History(
    Path(__file__).with_name("migrations"),
    version_table="portico_version",
    owner="Portico",
    command="portico db upgrade",
)
"""The history of the tables whose names begin with `portico_`, beside that of the application's own."""
