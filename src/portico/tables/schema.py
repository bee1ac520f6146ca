"""Declares Portico's own tables, as the newest step of their history leaves them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, PrimaryKeyConstraint, Table

from portico.tables.columns import LongText, Name, UtcDateTime

# Whatever the server's defaults: rows that can be locked and rolled back, and every character.
OPTIONS: Final[dict[str, Any]] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4"}.items()
}

metadata: Final = MetaData()

plugin_state: Final = Table(
    "portico_plugin_state",
    metadata,
    Column("name", Name, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("quarantine", LongText, nullable=True),
    Column("probation", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("name", name="pk_portico_plugin_state"),
    **OPTIONS,
)
"""What each plugin that was ever switched is to be."""

plugin_revision: Final = Table(
    "portico_plugin_revision",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("id", name="pk_portico_plugin_revision"),
    **OPTIONS,
)
"""One row, number 1: how many changes there were. Whoever writes locks it first."""

plugin_report: Final = Table(
    "portico_plugin_report",
    metadata,
    Column("process", Name, nullable=False),
    Column("plugin", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("failure", LongText, nullable=True),
    Column("failures", Integer, nullable=False),
    Column("needs_restart", Boolean, nullable=False),
    Column("requires", JSON, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("process", "plugin", name="pk_portico_plugin_report"),
    **OPTIONS,
)
"""What each process said last of each plugin."""
