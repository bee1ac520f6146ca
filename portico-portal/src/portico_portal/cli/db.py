"""Upgrades and shows the portal's database: `portico-portal db`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from portico.cli.db import as_json, print_current, print_upgraded, version_of
from portico.tables import TABLES
from portico_portal import Database, load_settings, upgrade_database
from portico_portal.migrate import PORTAL

HISTORIES = {"portal": PORTAL, "portico": TABLES}
UPGRADE = "portico-portal db upgrade"


@click.group("db")
def command() -> None:
    """Look after the portal's database, and the tables of the library in it."""


@command.command("upgrade")
@as_json
def upgrade(*, as_json: bool) -> int:
    """Bring the database to the tables this version needs; the portal does the same when it starts."""
    with _database() as database:
        before = {name: version_of(history, database.engine) for name, history in HISTORIES.items()}
        upgrade_database(database)
        upgraded = {name: (was, version_of(HISTORIES[name], database.engine)) for name, was in before.items()}
    return print_upgraded(upgraded, as_json=as_json)


@command.command("current")
@as_json
def current(*, as_json: bool) -> int:
    """Show which version its tables have; exit with 1 if it is not the one of this program."""
    with _database() as database:
        versions = {name: version_of(history, database.engine) for name, history in HISTORIES.items()}
    return print_current(versions, command=UPGRADE, as_json=as_json)


@contextmanager
def _database() -> Iterator[Database]:
    database = Database(load_settings().database_url)
    try:
        yield database
    finally:
        database.close()
