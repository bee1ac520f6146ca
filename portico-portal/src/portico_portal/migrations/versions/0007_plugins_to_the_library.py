"""Hands the state of plugins over to the library, which keeps it in tables of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = ["name", "enabled", "quarantine", "probation", "revision", "changed_at"]
OLD = sa.table("plugin_state", *map(sa.column, COLUMNS))
NEW = sa.table("portico_plugin_state", *map(sa.column, COLUMNS))
OLD_NUMBER = sa.table("plugin_revision", sa.column("number"))
NEW_NUMBER = sa.table("portico_plugin_revision", sa.column("number"))
TABLES = ["plugin_report", "plugin_state", "plugin_revision"]


def upgrade() -> None:
    """Move the rows, then drop the tables; where that was interrupted, go on. Processes report again by themselves."""
    there = [name for name in TABLES if name in sa.inspect(op.get_bind()).get_table_names()]
    _lock(there)
    if "plugin_state" in there:
        _copy(OLD, NEW)
    if "plugin_revision" in there:
        _raise_number(NEW_NUMBER, OLD_NUMBER, NEW)
    for name in there:
        op.drop_table(name)


def downgrade() -> None:
    """Make the tables again, with what the library has."""
    op.create_table(
        "plugin_state",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quarantine", sa.Text, nullable=True),
        sa.Column("probation", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("name", name="pk_plugin_state"),
    )
    numbers = op.create_table(
        "plugin_revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plugin_revision"),
    )
    op.bulk_insert(numbers, [{"id": 1, "number": 0}])
    op.create_table(
        "plugin_report",
        sa.Column("process", sa.String(200), nullable=False),
        sa.Column("plugin", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("failure", sa.Text, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("needs_restart", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requires", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("process", "plugin", name="pk_plugin_report"),
    )
    _copy(NEW, OLD)
    _raise_number(OLD_NUMBER, NEW_NUMBER, OLD)


def _lock(names: list[str]) -> None:
    # A process of the version before may still switch plugins. SQLite has let nobody else write since this began.
    if op.get_bind().dialect.name == "postgresql":
        for name in names:
            op.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")


def _copy(source: sa.TableClause, target: sa.TableClause) -> None:
    # Of two rows for one plugin the later change counts.
    is_newer = sa.exists().where(source.c.name == target.c.name, source.c.revision > target.c.revision)
    op.execute(sa.delete(target).where(is_newer))
    is_there = sa.exists().where(target.c.name == source.c.name)
    missing = sa.select(*(source.c[name] for name in COLUMNS)).where(~is_there)
    op.execute(sa.insert(target).from_select(COLUMNS, missing))


def _raise_number(target: sa.TableClause, source: sa.TableClause, state: sa.TableClause) -> None:
    """Set how many changes there were, so that the next one has a number that none had before."""
    counted = sa.union_all(sa.select(target.c.number), sa.select(source.c.number), sa.select(state.c.revision))
    newest = max(op.get_bind().scalars(counted), default=0)
    op.execute(sa.update(target).values(number=sa.literal(newest, sa.Integer)))
