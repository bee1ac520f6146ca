"""What the tests of the host share: a host that is closed whatever happens."""

from collections.abc import Callable, Iterator
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
