"""Creates the tables of the state of plugins: what is wanted, how often that changed, what processes say."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MYSQL = ("mysql", "mariadb")
NAME = sa.String(200).with_variant(mysql.VARCHAR(200, charset="utf8mb4", collation="utf8mb4_bin"), *MYSQL)
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), *MYSQL)
TIME = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *MYSQL)
OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
}


def upgrade() -> None:
    """Create them, those that are missing: MariaDB keeps what an interrupted upgrade had created."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "portico_plugin_state" not in there:
        op.create_table(
            "portico_plugin_state",
            sa.Column("name", NAME, nullable=False),
            sa.Column("enabled", sa.Boolean, nullable=False),
            sa.Column("quarantine", TEXT, nullable=True),
            sa.Column("probation", sa.Boolean, nullable=False),
            sa.Column("revision", sa.Integer, nullable=False),
            sa.Column("changed_at", TIME, nullable=False),
            sa.PrimaryKeyConstraint("name", name="pk_portico_plugin_state"),
            **OPTIONS,
        )
    if "portico_plugin_revision" not in there:
        op.create_table(
            "portico_plugin_revision",
            sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("number", sa.Integer, nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_portico_plugin_revision"),
            **OPTIONS,
        )
    if "portico_plugin_report" not in there:
        op.create_table(
            "portico_plugin_report",
            sa.Column("process", NAME, nullable=False),
            sa.Column("plugin", NAME, nullable=False),
            sa.Column("state", NAME, nullable=False),
            sa.Column("failure", TEXT, nullable=True),
            sa.Column("failures", sa.Integer, nullable=False),
            sa.Column("needs_restart", sa.Boolean, nullable=False),
            sa.Column("requires", sa.JSON, nullable=False),
            sa.Column("seen_at", TIME, nullable=False),
            sa.PrimaryKeyConstraint("process", "plugin", name="pk_portico_plugin_report"),
            **OPTIONS,
        )
    counter = sa.table("portico_plugin_revision", sa.column("id", sa.Integer), sa.column("number", sa.Integer))
    if op.get_bind().scalar(sa.select(counter.c.id)) is None:
        op.execute(sa.insert(counter).values(id=1, number=0))


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("portico_plugin_report")
    op.drop_table("portico_plugin_revision")
    op.drop_table("portico_plugin_state")
