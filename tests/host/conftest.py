"""Provides the tests of the host with a host that is closed whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portico import Portico

MakeHost = Callable[..., Portico]


@pytest.fixture
def make_host() -> Iterator[MakeHost]:
    """Make hosts; all are closed afterwards."""
    hosts: list[Portico] = []

    def make(**options: Any) -> Portico:
        hosts.append(Portico(**options))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def installed_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a plugin that an installed distribution announces; nobody can import it."""
    info = tmp_path / "site" / "tidy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tidy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[portico.plugins]\ntidy = tidy_up_later:Tidy\n")
    monkeypatch.syspath_prepend(info.parent)
    return "tidy"
