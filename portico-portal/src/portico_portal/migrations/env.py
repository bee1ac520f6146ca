"""Runs the migrations on the connection that it is handed."""

from alembic import context

from portico_portal.models import Base


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is the portal's; those of the library have a history of their own."""
    return not (kind == "table" and name is not None and name.startswith("portico_"))


context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=Base.metadata,
    include_name=is_ours,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
