"""Stores what plugins require, as the processes report it, for commands that switch from outside."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it. What processes have said before is said again within half a minute."""
    op.execute("DELETE FROM plugin_report")
    with op.batch_alter_table("plugin_report") as batch:
        batch.add_column(sa.Column("requires", sa.JSON, nullable=False))


def downgrade() -> None:
    """Drop it again."""
    with op.batch_alter_table("plugin_report") as batch:
        batch.drop_column("requires")
