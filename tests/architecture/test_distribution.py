from pathlib import Path

import pytest

from tests.architecture.environments import PRODUCTS, ROOT, build_wheel, files_in

_SOURCES = {
    "portico_signals": ROOT / "src" / "portico",
    "portico_portal": PRODUCTS["portico_portal"] / "src" / "portico_portal",
}


@pytest.fixture(scope="module", params=list(PRODUCTS))
def product(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def wheel(product: str, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from the working tree."""
    return files_in(build_wheel(product, tmp_path_factory.mktemp("wheel")))


def test_a_wheel_carries_every_file_of_its_package_and_no_other(product: str, wheel: set[str]) -> None:
    source = _SOURCES[product]
    ours = {
        path.relative_to(source.parent).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert f"{source.name}/py.typed" in ours
    assert ours == {name for name in wheel if ".dist-info/" not in name}


def test_a_wheel_carries_the_licence(wheel: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").iterdir()), ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_path(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert "--hash=sha256:" in text
    assert "//" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
