"""Provides the tests of plugins with a namespace of their own, and with managers that are closed."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import invalidate_caches
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from portico.plugins import (
    Candidate,
    IPluginBootstrap,
    ISignal,
    Plugin,
    PluginManager,
    candidate_from_class,
    implements,
)
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


def saying(word: str) -> Callable[..., str]:
    """Return a receiver that returns `word`."""
    return lambda _sender: word


def subscribing(name: str, mapping: Any = dict, bootstrap: Any = None, requires: tuple[str, ...] = ()) -> type[Plugin]:
    """Return a plugin class whose mapping is the result of `mapping()`."""

    class Subscribing(Plugin):
        implements(ISignal, IPluginBootstrap)

        def get_signal_subscriptions(self) -> Any:
            return mapping()

        def bootstrap(self) -> None:
            if bootstrap:
                bootstrap()

    Subscribing.__name__ = name
    Subscribing.requires = requires
    return Subscribing


def candidate(name: str, module: str) -> Candidate:
    """Return the plugin that is the class `Found` of a module."""
    return Candidate(name, f"{module}:Found", lambda: importlib.import_module(module).Found)


@pytest.fixture
def managers() -> Iterator[list[PluginManager]]:
    """Close every manager that a test puts into this list."""
    opened: list[PluginManager] = []
    yield opened
    for manager in opened:
        manager.close()


WriteModules = Callable[[Mapping[str, str]], None]


@pytest.fixture
def write_modules(tmp_path: Path) -> Iterator[WriteModules]:
    """Write importable files by their path; what was imported from there is forgotten afterwards."""

    def write(sources: Mapping[str, str]) -> None:
        for path, source in sources.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
        invalidate_caches()

    sys.path.insert(0, str(tmp_path))
    known = set(sys.modules)
    yield write
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - known:
        paths = [getattr(sys.modules[name], "__file__", None) or "", *getattr(sys.modules[name], "__path__", ())]
        if any(str(path).startswith(str(tmp_path)) for path in paths):
            del sys.modules[name]
