from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.services.postgresql import Server, fresh_database, postgresql_server

# The port of a service (tcpmux) that no machine runs.
_NOBODY_ANSWERS = 1


@pytest.fixture(scope="module")
def private() -> Iterator[Server]:
    with postgresql_server(port=_NOBODY_ANSWERS) as server:
        yield server


def databases(server: Server) -> set[str]:
    with server.connect() as connection:
        return {str(name) for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_a_private_server_is_started_when_none_answers(private: Server) -> None:
    with private.connect() as connection:
        row = connection.execute("SELECT current_user, inet_server_port()").fetchone()

    assert row == ("postgres", private.port)


def test_a_private_server_and_its_data_are_gone_afterwards() -> None:
    with postgresql_server(port=_NOBODY_ANSWERS) as server, server.connect() as connection:
        data = Path(connection.execute("SHOW data_directory").fetchall()[0][0])
        assert data.is_dir()

    assert not data.parent.exists()
    with pytest.raises(psycopg.OperationalError):
        server.connect()


def test_a_server_that_answers_is_used_and_left_running(private: Server) -> None:
    with postgresql_server(port=private.port) as used:
        assert used == private

    private.connect().close()


def test_a_fresh_database_is_empty_and_gone_afterwards(private: Server) -> None:
    with fresh_database(private) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE note (body text)"))
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        engine.dispose()
        assert tables == ["note"]
        assert make_url(url).database in databases(private)

    assert make_url(url).database not in databases(private)


def test_two_fresh_databases_are_two(private: Server) -> None:
    with fresh_database(private) as one, fresh_database(private) as other:
        assert one != other


def test_a_connection_left_open_does_not_keep_a_database(private: Server) -> None:
    before = databases(private)

    with fresh_database(private) as url:
        forgotten = private.connect(str(make_url(url).database))

    assert databases(private) == before
    forgotten.close()


def test_a_test_that_fails_leaves_no_database(private: Server) -> None:
    before = databases(private)

    with pytest.raises(LookupError), fresh_database(private):
        raise LookupError

    assert databases(private) == before


def test_the_fixture_hands_out_a_database_that_works(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1 + 1")) == 2
    engine.dispose()
