from pathlib import Path

import pytest
from sqlalchemy import select, text

from portico.errors import ConfigurationError
from portico_portal import Database, upgrade_database
from portico_portal.database import begin_writing, lock_rows
from portico_portal.models import User
from tests.running import add_user


def refusal_of(url: str) -> str:
    database = Database(url)
    try:
        with pytest.raises(ConfigurationError) as refusal:
            upgrade_database(database)
    finally:
        database.close()
    return str(refusal.value)


def test_a_file_in_a_folder_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    message = refusal_of(f"sqlite:///{tmp_path / 'nowhere' / 'portal.db'}")

    assert message == f"cannot open the database sqlite:///{tmp_path}/nowhere/portal.db: unable to open database file"


def test_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    assert "unable to open database file" in refusal_of(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 100)

    assert "file is not a database" in refusal_of(f"sqlite:///{letter}")
    assert letter.read_text() == "Dear reader, " * 100


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    message = refusal_of("postgresql://portal:hunter2@127.0.0.1:1/portal")

    assert "postgresql+psycopg://portal:***@127.0.0.1:1/portal" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("url", ["portal.db", "mysql://somewhere/portal", "sqlite:/portal.db:x:y", ""])
def test_a_url_that_names_no_known_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="database_url cannot be used"):
        Database(url)


def test_sqlite_keeps_foreign_keys_and_writes_ahead(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000


def test_a_session_that_began_writing_is_the_only_one_that_can(database: Database) -> None:
    with database.session() as first, database.session() as second:
        second.execute(text("PRAGMA busy_timeout = 0"))
        begin_writing(first)

        with pytest.raises(Exception, match="database is locked"):
            begin_writing(second)


def test_a_session_that_has_written_goes_on_writing(database: Database) -> None:
    with database.session() as session:
        session.execute(text("DELETE FROM users"))
        begin_writing(session)
        begin_writing(session)
        session.commit()


@pytest.mark.parametrize("kind", ["database", "postgresql_database"])
def test_rows_are_locked_as_they_are_now_and_not_as_the_session_knew_them(
    request: pytest.FixtureRequest, kind: str
) -> None:
    database: Database = request.getfixturevalue(kind)
    nora = add_user(database, "nora")
    with database.session() as session:
        known = session.get_one(User, nora.id)
        with database.session() as other:
            other.get_one(User, nora.id).full_name = "Nora Petersen"
            other.commit()

        (locked,) = lock_rows(session, select(User).where(User.id == nora.id))

        assert locked is known
        assert known.full_name == "Nora Petersen"
