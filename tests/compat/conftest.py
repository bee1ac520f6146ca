"""Provides each library and its façade, so that a test runs on both and cannot tell them apart."""

from collections.abc import Iterator
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from portico.compat.pydispatcher import dispatching
from portico.signals import Namespace, Signal
from tests.compat.views import CONNECT, Connect

_numbers = count()


@pytest.fixture(params=["blinker", "portico.compat.blinker"])
def blinker(request: pytest.FixtureRequest) -> Any:
    return import_module(request.param)


@pytest.fixture(params=["django.dispatch", "portico.compat.django_dispatch"])
def dispatch(request: pytest.FixtureRequest) -> Any:
    return import_module(request.param)


@pytest.fixture(params=["pydispatch", "portico.compat.pydispatcher"])
def pydispatch(request: pytest.FixtureRequest) -> Iterator[Any]:
    names = ("dispatcher", "errors", "robust", "robustapply", "saferef")
    modules = SimpleNamespace(**{name: import_module(f"{request.param}.{name}") for name in names})
    # Before, too: other tests use the library itself, and some of it outlives them.
    tables = ("connections", "senders", "sendersBack") if request.param == "pydispatch" else ()
    for table in tables:
        getattr(modules.dispatcher, table).clear()
    yield modules
    for table in tables:
        getattr(modules.dispatcher, table).clear()


@pytest.fixture(autouse=True)
def nobody_stays_connected() -> Iterator[None]:
    """Signals of PyDispatcher are for the whole process."""
    yield
    for _, portico in dispatching.known_signals():
        for subscription in portico.subscriptions:
            subscription.cancel()
    dispatching._signals.clear()


@pytest.fixture
def debug(request: pytest.FixtureRequest) -> Iterator[None]:
    """Django's settings, with DEBUG on; outside of it, they are not configured."""
    from django.conf import empty, settings

    settings.configure(DEBUG=True)
    yield
    settings._wrapped = empty


@pytest.fixture
def signal() -> Signal[...]:
    """A declared signal of Portico that isolates."""
    namespace = Namespace(f"test_compat_{next(_numbers)}")

    @namespace.signal(policy="isolate")
    def user_created(sender: object, /, *, name: str, size: int = 0) -> None:
        """Sent after a user was created."""

    return user_created


@pytest.fixture(params=range(3), ids=["blinker", "django", "pydispatcher"])
def facade(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def connect(facade: int) -> Connect:
    return CONNECT[facade]
