"""What is special about a store in a database: its tables may be missing, and the application uses it too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from portico import Plugin, Portico
from portico.errors import ConfigurationError, PluginError
from portico.host import SQLStateStore
from portico.plugins import Desired, ProcessReport
from portico.tables import TABLES

REPORT = ProcessReport("elsewhere:1", "x", "enabled", None, 0, needs_restart=False, seen_at=datetime.now(UTC))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine of an application, its database empty."""
    url = f"sqlite:///{tmp_path / 'app.db'}"
    engine = create_engine(url if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url"))
    yield engine
    engine.dispose()


def test_a_host_without_the_tables_says_what_makes_them_and_does_not_open(engine: Engine) -> None:
    store = SQLStateStore(engine)
    host = Portico(state=store)

    with pytest.raises(ConfigurationError, match="none of the tables of Portico; run: portico db upgrade"):
        host.open()
    closed = not host.is_open
    TABLES.upgrade(engine)

    assert closed
    assert host.open().is_open
    host.close()


def test_no_file_is_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        SQLStateStore(f"sqlite:///{tmp_path / 'app.db'}").revision()

    assert list(tmp_path.iterdir()) == []


def test_an_older_program_refuses_a_newer_store(engine: Engine) -> None:
    TABLES.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE portico_version SET version_num = '0999'"))
    store = SQLStateStore(engine)

    for use in (store.revision, store.load, store.reports, lambda: store.save("audit", enabled=True)):
        with pytest.raises(ConfigurationError, match="a newer Portico wrote the database: it is at revision '0999'"):
            use()
    with pytest.raises(ConfigurationError, match="use the newer one"):
        store.report("elsewhere:1", ())


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    store = SQLStateStore("postgresql://me:secret@127.0.0.1:1/app")

    with pytest.raises(ConfigurationError, match=r"cannot open the database postgresql\+psycopg://me:\*\*\*@") as told:
        store.revision()

    assert "secret" not in f"{told.value}{store!r}"


def test_what_was_switched_outlives_the_host(engine: Engine) -> None:
    class Greeting(Plugin):
        pass

    TABLES.upgrade(engine)
    with Portico(plugins=[Greeting], state=SQLStateStore(engine)) as host:
        host.plugins.disable("Greeting")

    with Portico(plugins=[Greeting], state=SQLStateStore(engine)) as host:
        assert host.plugins.get("Greeting").state == "disabled"


def test_a_name_that_does_not_fit_is_refused_and_left_out_of_reports(engine: Engine) -> None:
    TABLES.upgrade(engine)
    store, name = SQLStateStore(engine), "x" * 201

    with pytest.raises(PluginError, match="its name is longer than 200 characters"):
        store.save(name, enabled=True)
    store.report("elsewhere:1", [replace(REPORT, plugin=name), replace(REPORT, plugin="fits")])

    assert (store.revision(), [each.plugin for each in store.reports()]) == (0, ["fits"])


def test_the_engine_of_the_application_stays_open_and_that_of_a_url_is_closed(engine: Engine) -> None:
    TABLES.upgrade(engine)
    pool = engine.pool
    theirs = SQLStateStore(engine)
    ours = SQLStateStore(engine.url)

    theirs.close()
    ours.close()

    assert engine.pool is pool
    assert ours.revision() == 0  # and can be used again
    ours.close()


def test_what_the_application_has_not_stored_yet_is_left_alone(engine: Engine) -> None:
    TABLES.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (body VARCHAR(10))"))
    store = SQLStateStore(engine)

    with Session(engine) as session:
        if engine.dialect.name != "sqlite":  # which has one writer at a time
            session.execute(text("INSERT INTO note VALUES ('theirs')"))
        else:
            session.execute(text("SELECT body FROM note")).all()
        saved = store.save("audit", enabled=True)
        session.rollback()

    with engine.connect() as connection:
        assert connection.scalars(text("SELECT body FROM note")).all() == []
    assert store.load() == {"audit": saved}


def test_the_database_is_not_locked_for_an_application_that_writes_all_the_time(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    TABLES.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (body VARCHAR(10))"))
    failures: list[Exception] = []

    def write_notes() -> None:
        try:
            for _ in range(40):
                with Session(engine) as session, session.begin():
                    session.execute(text("INSERT INTO note VALUES ('theirs')"))
        except Exception as error:  # noqa: BLE001 - any would do
            failures.append(error)

    def switch(name: str) -> None:
        store = SQLStateStore(f"sqlite:///{tmp_path / 'app.db'}")
        try:
            for number in range(20):
                store.revision()
                store.save(name, enabled=bool(number % 2))
                store.report(f"elsewhere:{name}", [REPORT])
        except Exception as error:  # noqa: BLE001 - any would do
            failures.append(error)
        store.close()

    threads = [Thread(target=write_notes), *(Thread(target=switch, args=(name,)) for name in ("audit", "flaky"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert SQLStateStore(engine).load().keys() == {"audit", "flaky"}
    assert max(each.revision for each in SQLStateStore(engine).load().values()) == 40
    engine.dispose()


def test_one_store_is_shared_with_a_host_that_follows(engine: Engine) -> None:
    class Greeting(Plugin):
        pass

    TABLES.upgrade(engine)
    with Portico(plugins=[Greeting], state=SQLStateStore(engine)) as host:
        outside = SQLStateStore(engine)
        saved = outside.save("Greeting", enabled=True, quarantine="was quarantined by hand")

        host.plugins.check()

        assert saved == Desired(enabled=True, quarantine="was quarantined by hand", revision=1)
        assert host.plugins.get("Greeting").state == "quarantined"
        assert ("Greeting", "quarantined") in {(each.plugin, each.state) for each in outside.reports()}
    assert list(outside.reports()) == []
