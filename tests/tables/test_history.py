import subprocess
import sys
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select, text

import portico.tables
from portico.errors import ConfigurationError
from portico.tables import TABLES, metadata, plugin_revision
from tests.tables.failing import InterruptedHereError, interrupted_at

OURS = {*metadata.tables, "portico_version"}


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_the_steps_lead_to_what_is_declared(engine: Engine) -> None:
    TABLES.upgrade(engine)

    options = {"version_table": TABLES.version_table, "compare_type": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    assert tables(engine) == OURS


def test_every_table_is_told_apart_from_those_of_the_application_by_its_name(engine: Engine) -> None:
    TABLES.upgrade(engine)

    assert all(name.startswith("portico_") for name in tables(engine))


def test_the_steps_are_known_without_alembic_as_alembic_knows_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(portico.tables.__file__).with_name("migrations")))
    scripts = ScriptDirectory.from_config(config)

    assert [script.revision for script in scripts.walk_revisions()][::-1] == TABLES.known
    assert scripts.get_current_head() == TABLES.newest


def test_a_second_upgrade_finds_nothing_to_do(engine: Engine) -> None:
    first = TABLES.upgrade(engine)

    assert TABLES.upgrade(engine) == first == TABLES.current(engine) == TABLES.newest
    TABLES.check(engine)


def test_the_history_of_the_application_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('abc123')"))

    TABLES.upgrade(engine)

    with engine.connect() as connection:
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == ["abc123"]
    assert tables(engine) == OURS | {"alembic_version"}


def test_tables_that_are_missing_are_told_with_what_makes_them(engine: Engine) -> None:
    with pytest.raises(ConfigurationError) as refused:
        TABLES.check(engine)

    assert str(refused.value) == "the database has none of the tables of Portico; run: portico db upgrade"


def test_looking_makes_nothing(engine: Engine) -> None:
    assert TABLES.current(engine) is None

    file = Path(str(engine.url.database))
    assert not file.exists() if engine.dialect.name == "sqlite" else tables(engine) == set()


def test_a_database_that_a_newer_version_wrote_is_refused_and_left_as_it_is(engine: Engine) -> None:
    TABLES.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE portico_version SET version_num = '0999'"))

    for use in (TABLES.check, TABLES.upgrade, TABLES.refuse_newer):
        with pytest.raises(ConfigurationError) as refused:
            use(engine)
        assert str(refused.value) == (
            "a newer Portico wrote the database: it is at revision '0999', and this one knows those up to "
            f"{TABLES.newest!r}; use the newer one"
        )
    assert TABLES.current(engine) == "0999"


def test_an_upgrade_interrupted_at_any_statement_is_done_again(engine: Engine) -> None:
    for number in count():
        with engine.begin() as connection:
            metadata.drop_all(connection)
            connection.execute(text("DROP TABLE IF EXISTS portico_version"))
        try:
            with interrupted_at(engine, number):
                TABLES.upgrade(engine)
        except InterruptedHereError:
            TABLES.upgrade(engine)
        else:
            break

        TABLES.check(engine)
        with engine.connect() as connection:
            assert connection.execute(select(plugin_revision)).all() == [(1, 0)]
    assert number > 5


def test_threads_that_upgrade_at_once_all_succeed(url: str) -> None:
    done: list[str] = []

    def upgrade() -> None:
        engine = create_engine(url)
        done.append(TABLES.upgrade(engine))
        engine.dispose()

    threads = [Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == [TABLES.newest] * 4


UPGRADE = """
import sys
from portico.tables import TABLES, engine_of
print("ready", flush=True)
sys.stdin.readline()
engine = engine_of(sys.argv[1])
print(TABLES.upgrade(engine))
engine.dispose()
"""


def test_processes_that_upgrade_at_once_all_succeed(url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    said = [process.communicate(timeout=60) for process in processes]

    assert said == [(f"{TABLES.newest}\n", "")] * 3


def test_a_database_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("no database " * 100)
    engine = create_engine(f"sqlite:///{tmp_path / 'no.db'}")
    away = create_engine("postgresql+psycopg://me:secret@127.0.0.1:1/app")

    with pytest.raises(ConfigurationError, match=r"cannot open the database sqlite:///.*no.db: file is not a database"):
        TABLES.upgrade(engine)
    with pytest.raises(ConfigurationError, match=r"cannot open the database postgresql\+psycopg://me:\*\*\*@") as told:
        TABLES.check(away)

    assert "secret" not in str(told.value)
    engine.dispose()
    away.dispose()


def test_without_alembic_it_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['alembic'] = None\n"
        "from portico.tables import TABLES, engine_of\n"
        "engine = engine_of('sqlite:///app.db')\n"
        "print(TABLES.current(engine))\n"
        "TABLES.upgrade(engine)"
    )

    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert finished.stdout == "None\n"
    assert finished.stderr.splitlines()[-1].endswith(
        "MissingExtraError: Alembic is not installed; run: pip install 'portico-signals[migrations]'"
    )
    assert list(tmp_path.iterdir()) == []
