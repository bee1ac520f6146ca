"""Upgrades the portal's database: `portico-portal db`."""

import click

from portico_portal import Database, load_settings, upgrade_database


@click.group("db")
def command() -> None:
    """Look after the portal's database."""


@command.command("upgrade")
def upgrade() -> None:
    """Bring the database to the tables this version needs; the portal does the same when it starts."""
    database = Database(load_settings().database_url)
    try:
        revision = upgrade_database(database)
    finally:
        database.close()
    click.echo(f"The database is at revision {revision}.")
