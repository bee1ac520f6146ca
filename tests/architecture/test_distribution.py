import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCE = _ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_a_wheel_carries_every_file_of_the_package(wheel: set[str]) -> None:
    ours = {
        path.relative_to(_SOURCE).as_posix()
        for path in (_SOURCE / "portico").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert "portico/py.typed" in ours
    assert ours == {name for name in wheel if ".dist-info/" not in name}


def test_a_wheel_carries_the_licence(wheel: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


@pytest.mark.parametrize("lock", sorted((_ROOT / "requirements").iterdir()), ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_path(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert "--hash=sha256:" in text
    assert "//" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
