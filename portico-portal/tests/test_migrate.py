import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from portico.errors import ConfigurationError
from portico_portal import Database, is_up_to_date, upgrade_database
from portico_portal.accounts import find_user
from portico_portal.migrate import PORTAL
from portico_portal.models import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    url = database_url if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    database = Database(url)
    yield database
    database.close()


def test_migrations_lead_to_what_the_models_say(empty_database: Database) -> None:
    upgrade_database(empty_database)

    ours = {"include_object": lambda _object, name, *_: not str(name).startswith("portico_")}
    with empty_database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata) == []


def test_a_second_start_finds_nothing_to_do(empty_database: Database) -> None:
    first = upgrade_database(empty_database)

    assert upgrade_database(empty_database) == first == PORTAL.newest


def test_processes_that_start_at_once_do_not_disturb_one_another(empty_database: Database) -> None:
    failures: list[Exception] = []

    def start() -> None:
        database = Database(empty_database.url.render_as_string(hide_password=False))
        try:
            upgrade_database(database)
        except Exception as error:  # noqa: BLE001 - any would do
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert "users" in inspect(empty_database.engine).get_table_names()


@pytest.mark.parametrize("table", ["alembic_version", "portico_version"])
def test_a_database_of_a_newer_version_is_refused(empty_database: Database, table: str) -> None:
    upgrade_database(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET version_num = '9999'"))  # noqa: S608 - one of two

    for use in (upgrade_database, is_up_to_date):
        with pytest.raises(ConfigurationError, match="a newer Portico wrote the database: it is at revision '9999'"):
            use(empty_database)


def test_kept_addresses_become_normal_and_of_two_accounts_with_one_mailbox_both_stay(
    empty_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade_database(empty_database, "0003")
    kept = [
        "nora@bücher.example",
        "Nora@xn--bcher-kva.example",
        "amara@BÜCHER.example",
        "kenji@example.org",
        "no address",
    ]
    with empty_database.engine.begin() as connection:
        for number, email in enumerate(kept, 1):
            connection.execute(
                text(
                    "INSERT INTO users (id, name, name_key, email, email_key, full_name, password_hash,"
                    " password_version, is_admin, is_active, created_at)"
                    " VALUES (:id, :name, :name, :email, :key, '', '', 1, false, true, '2026-01-01')"
                ),
                {"id": number, "name": f"user{number}", "email": email, "key": email.casefold()},
            )

    with caplog.at_level(logging.WARNING):
        upgrade_database(empty_database)

    with empty_database.engine.connect() as connection:
        rows = connection.execute(text("SELECT email, email_key FROM users ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("nora@bücher.example", "nora@bücher.example"),
        ("Nora@xn--bcher-kva.example", "nora@xn--bcher-kva.example"),
        ("amara@xn--bcher-kva.example", "amara@xn--bcher-kva.example"),
        ("kenji@example.org", "kenji@example.org"),
        ("no address", "no address"),
    ]
    assert "the mailbox of user2 is also that of user1; they have to sign in by user name" in caplog.text
    with empty_database.session() as session:
        found = find_user(session, "nora@bücher.example")
        assert found is not None
        assert found.name == "user2"


def test_looking_whether_a_database_is_up_to_date_makes_nothing(empty_database: Database) -> None:
    before = is_up_to_date(empty_database)
    untouched = not empty_database.is_sqlite or not Path(str(empty_database.url.database)).exists()
    upgrade_database(empty_database)

    assert (before, untouched, is_up_to_date(empty_database)) == (False, True, True)


def test_a_newer_portal_is_refused_before_the_tables_of_the_library_are_touched(empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))

    with pytest.raises(ConfigurationError, match="a newer Portico wrote the database"):
        upgrade_database(empty_database)

    assert inspect(empty_database.engine).get_table_names() == ["alembic_version"]


def test_a_database_without_the_tables_of_the_library_is_not_up_to_date(empty_database: Database) -> None:
    upgrade_database(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text("DROP TABLE portico_version"))

    with pytest.raises(ConfigurationError, match="has not the tables of this version; run: portico-portal db upgrade"):
        is_up_to_date(empty_database)
