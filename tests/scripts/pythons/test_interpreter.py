import sys
from pathlib import Path
from typing import Protocol

import pytest

from scripts.pythons.interpreter import NotHadError, find
from scripts.pythons.running import Commands

VERSION = "{}.{}".format(*sys.version_info)


class Put(Protocol):
    def __call__(self, program: str, script: str, *, listed: bool = True) -> Path: ...


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts programs on a path that has nothing else."""
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(program: str, script: str, *, listed: bool = True) -> Path:
        file = tmp_path / program
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        if listed:
            monkeypatch.setenv("PATH", str(file.parent), prepend=":")
        return file

    return put


def wanted(version: str) -> tuple[str, str, str]:
    found = find(version, Commands(), pytest.fail)
    return found.path, found.release, found.origin


def test_an_interpreter_is_found_on_the_path(on_path: Put) -> None:
    program = on_path(f"bin/python{VERSION}", f'exec "{sys.executable}" "$@"')

    assert wanted(VERSION) == (str(program), sys.version.split()[0], "path")


def test_a_program_that_does_not_start_hides_none_that_comes_after_it(on_path: Put) -> None:
    program = on_path("bin/python3.13", "echo CPython 3.13 3.13.9")
    on_path("broken/python3.13", "exec /nowhere/python3.13")
    on_path("shims/python3.13", "exit 127")

    assert wanted("3.13") == (str(program), "3.13.9", "path")


def test_a_shim_leads_to_what_pyenv_has(on_path: Put, tmp_path: Path) -> None:
    program = on_path("bin/python3.13", "echo CPython 3.13 3.13.9", listed=False)
    on_path("shims/python3.13", "exit 127")
    on_path("shims/pyenv", f'[ "$*" = "prefix 3.13.9" ] && echo "{tmp_path}" || echo 3.1.0 3.13.9 3.13.9t')

    assert wanted("3.13") == (str(program), "3.13.9", "pyenv")


@pytest.mark.parametrize("told", ["CPython 3.12 3.12.9", "PyPy 3.13 3.13.9", "CPython 3.13t 3.13.9", ""])
def test_what_is_another_interpreter_than_its_name_says_is_none(on_path: Put, told: str) -> None:
    on_path("bin/python3.13", f"echo {told}")

    with pytest.raises(NotHadError, match="not on the path, nor with pyenv or uv; root on a Debian could take it from"):
        wanted("3.13")


def test_where_it_is_not_and_could_not_come_from_is_said(on_path: Put) -> None:
    with pytest.raises(NotHadError, match=r"not on the path, nor with pyenv or uv; Debian has no 3\.14t"):
        wanted("3.14t")
