"""What was switched with an older portal is kept when the library takes the state of plugins over."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

import portico_portal
from portico.host import SQLStateStore
from portico.plugins import Desired
from portico.tables import TABLES
from portico_portal.migrate import PORTAL
from tests.tables.failing import InterruptedHereError, interrupted_at

ROWS: list[dict[str, Any]] = [
    {"name": "audit", "enabled": True, "quarantine": None, "probation": False, "revision": 4},
    {"name": "flaky", "enabled": True, "quarantine": "flaky:fail_on_demand failed 5 times", "probation": False,
     "revision": 7},
    {"name": "moody", "enabled": True, "quarantine": None, "probation": True, "revision": 6},
    {"name": "welcome_mail", "enabled": False, "quarantine": None, "probation": False, "revision": 5},
    {"name": "ünïcode", "enabled": False, "quarantine": None, "probation": False, "revision": 0},
]  # fmt: skip
KEPT = {row["name"]: Desired(row["enabled"], row["quarantine"], row["probation"], row["revision"]) for row in ROWS}
CHANGES = 9
OLD = {"plugin_state", "plugin_revision", "plugin_report"}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, database_url: str) -> Iterator[Engine]:
    """An empty database; the portal's steps work on MariaDB too."""
    url = database_url if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def make_old(engine: Engine, revision: str) -> None:
    """Make the database of a portal as it was at a step of its history, with what somebody switched."""
    PORTAL.upgrade(engine, revision)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO plugin_state (name, enabled, quarantine, probation, revision, changed_at)"
                " VALUES (:name, :enabled, :quarantine, :probation, :revision, '2026-01-02 03:04:05')"
            ),
            ROWS,
        )
        connection.execute(text("UPDATE plugin_revision SET number = :number"), {"number": CHANGES})


def upgrade(engine: Engine) -> None:
    """As `upgrade_database` does."""
    TABLES.upgrade(engine)
    PORTAL.upgrade(engine)


def check_all_is_kept(engine: Engine) -> None:
    store = SQLStateStore(engine)
    assert store.load() == KEPT
    assert store.revision() == CHANGES
    assert not OLD & set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        times = connection.scalars(text("SELECT changed_at FROM portico_plugin_state")).all()
    assert all(str(time).startswith("2026-01-02 03:04:05") for time in times)


@pytest.mark.parametrize("revision", ["0003", "0004", "0006"])
def test_what_was_switched_is_kept_with_its_revisions(engine: Engine, revision: str) -> None:
    make_old(engine, revision)

    upgrade(engine)

    check_all_is_kept(engine)
    assert SQLStateStore(engine).save("audit", enabled=False).revision == CHANGES + 1


def test_a_database_of_the_first_portal_keeps_its_switches(engine: Engine) -> None:
    PORTAL.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO plugin_state (name, enabled, changed_at) VALUES ('first', false, '2026-01-01')")
        )

    upgrade(engine)

    assert SQLStateStore(engine).load() == {"first": Desired(enabled=False)}


def test_an_upgrade_interrupted_at_any_statement_loses_nothing_when_it_is_done_again(engine: Engine) -> None:
    make_old(engine, "0006")
    for number in count():
        try:
            with interrupted_at(engine, number):
                upgrade(engine)
        except InterruptedHereError:
            upgrade(engine)
        else:
            break

        check_all_is_kept(engine)
        clear(engine)
        make_old(engine, "0006")
    assert number > 15


def clear(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name in {"mariadb", "mysql"}:
            connection.execute(text("SET foreign_key_checks = 0"))
        cascade = " CASCADE" if engine.dialect.name == "postgresql" else ""
        for name in inspect(engine).get_table_names():
            connection.execute(text(f"DROP TABLE {name}{cascade}"))


def test_of_a_plugin_that_both_know_the_later_change_counts(engine: Engine) -> None:
    make_old(engine, "0006")
    TABLES.upgrade(engine)
    store = SQLStateStore(engine)
    for name in ("audit", "other", "audit", "audit", "audit", "audit"):  # as if it had been used before
        store.save(name, enabled=False)

    PORTAL.upgrade(engine)

    later = {"audit": Desired(enabled=False, revision=6), "other": Desired(enabled=False, revision=2)}
    assert store.load() == KEPT | later
    assert store.revision() == CHANGES


def test_a_revision_is_never_lower_than_that_of_a_plugin(engine: Engine) -> None:
    make_old(engine, "0006")
    with engine.begin() as connection:
        connection.execute(text("UPDATE plugin_revision SET number = 2"))

    upgrade(engine)

    assert SQLStateStore(engine).revision() == 7


def test_the_step_can_be_taken_back(engine: Engine) -> None:
    make_old(engine, "0006")
    upgrade(engine)
    SQLStateStore(engine).save("audit", enabled=False)

    config = Config()
    config.set_main_option("script_location", str(Path(portico_portal.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes.update(connection=connection, version_table=PORTAL.version_table)
        command.downgrade(config, "0006")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, enabled, revision FROM plugin_state ORDER BY name")).all()
        number = connection.scalar(text("SELECT number FROM plugin_revision"))

    assert ("audit", False, CHANGES + 1) in [(name, bool(enabled), revision) for name, enabled, revision in rows]
    assert (len(rows), number) == (len(ROWS), CHANGES + 1)
