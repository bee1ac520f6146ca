"""Adds quarantine, a revision of the desired state, and what each process reports of its plugins."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; what was switched before stays so."""
    with op.batch_alter_table("plugin_state") as batch:
        batch.add_column(sa.Column("quarantine", sa.Text, nullable=True))
        batch.add_column(sa.Column("probation", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("0")))
    revision_table = op.create_table(
        "plugin_revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plugin_revision"),
    )
    op.bulk_insert(revision_table, [{"id": 1, "number": 0}])
    op.create_table(
        "plugin_report",
        sa.Column("process", sa.String(200), nullable=False),
        sa.Column("plugin", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("failure", sa.Text, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("needs_restart", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", "plugin", name="pk_plugin_report"),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("plugin_report")
    op.drop_table("plugin_revision")
    with op.batch_alter_table("plugin_state") as batch:
        batch.drop_column("revision")
        batch.drop_column("probation")
        batch.drop_column("quarantine")
