"""What the tests of plugins share: a namespace of their own, and managers that are closed."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from portico.plugins import Plugin, PluginManager, candidate_from_class
from portico.signals import Namespace

_numbers = count()

MakeManager = Callable[..., PluginManager]


@pytest.fixture
def acme() -> Namespace:
    return Namespace(f"acme-plugins-{next(_numbers)}")


@pytest.fixture
def manage() -> Iterator[MakeManager]:
    """Make managers over plugin classes, in the order given; all are closed afterwards."""
    managers: list[PluginManager] = []

    def make(*classes: type[Plugin], **options: Any) -> PluginManager:
        candidates = [candidate_from_class(each) for each in classes]
        options.setdefault("order", [candidate.name for candidate in candidates])
        managers.append(PluginManager(candidates, **options))
        return managers[-1]

    yield make
    for manager in managers:
        manager.close()
