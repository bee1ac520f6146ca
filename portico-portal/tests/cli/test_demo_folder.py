from pathlib import Path

import pytest
from sqlalchemy import make_url

from portico.errors import ConfigurationError
from portico_portal.demo.folder import DemoFolder


@pytest.mark.parametrize("name", ["mine?x", "a#b", "100%41", "with space", "é&'=;", "C:"])
def test_its_database_url_names_the_file_in_it(tmp_path: Path, name: str) -> None:
    folder = DemoFolder(tmp_path / name)

    assert make_url(folder.database_url).database == str(tmp_path / name / "portal.db")


def test_a_second_run_finds_what_the_first_left(tmp_path: Path) -> None:
    DemoFolder(tmp_path / "demo").prepare(fresh=False)
    key = DemoFolder(tmp_path / "demo").secret_key()
    (tmp_path / "demo" / "portal.db").write_text("data")

    again = DemoFolder(tmp_path / "demo")
    again.prepare(fresh=False)

    assert again.database.read_text() == "data"
    assert again.secret_key() == key


def test_a_fresh_start_leaves_nothing_of_before(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    folder.prepare(fresh=False)
    folder.secret_key()
    folder.database.write_text("data")

    folder.prepare(fresh=True)

    assert [path.name for path in folder.path.iterdir()] == ["portico-demo.txt"]


@pytest.mark.parametrize("fresh", [True, False])
def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path, *, fresh: bool) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(ConfigurationError, match="choose another folder with --data"):
        DemoFolder(tmp_path).prepare(fresh=fresh)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    DemoFolder(tmp_path).prepare(fresh=True)

    assert (tmp_path / "portico-demo.txt").exists()


def test_a_running_demo_keeps_its_folder(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    folder.prepare(fresh=False)
    folder.database.write_text("data")

    with folder.in_use(), pytest.raises(ConfigurationError, match="a running demo uses"):
        DemoFolder(tmp_path / "demo").prepare(fresh=True)

    assert folder.database.read_text() == "data"
    DemoFolder(tmp_path / "demo").prepare(fresh=True)


def test_a_path_that_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot use"):
        DemoFolder(tmp_path / "file" / "demo").prepare(fresh=False)


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    folder.prepare(fresh=False)
    folder.secret_key()

    assert (folder.path / "secret_key").stat().st_mode & 0o777 == 0o600
