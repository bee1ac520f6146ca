"""Sets the project up in the process that runs its tests, with a database that is new for each test."""

from collections.abc import Iterator
from typing import Any

import django
import pytest

django.setup()

from django.apps import apps  # noqa: E402 - only when the project is set up
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from portico import Namespace, Portico  # noqa: E402
from tests.adapters.django_project.models import Book  # noqa: E402
from tests.adapters.django_project.plugins import make_host  # noqa: E402

shop = Namespace("project")


@shop.signal
def book_added(shelf: str, /, *, number: int) -> None:
    """Sent after a book was stored."""


@pytest.fixture(scope="session", autouse=True)
def tables() -> Iterator[None]:
    for alias in connections:
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def rows(tables: None) -> Iterator[None]:
    yield
    for alias in connections:
        for model in (Book, *apps.get_app_config("auth").get_models()):
            model.objects.using(alias).all().delete()


@pytest.fixture
def host() -> Iterator[Portico]:
    """A host of the project, open, instead of the one that its settings ask for."""
    config = apps.get_app_config("portico")
    config.host.close()
    config.host = make_host()
    config.host.open_for(config)
    yield config.host
    config.host.close()


@pytest.fixture(params=list(connections))
def alias(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    heard: list[Any] = []
    with added.connected_to(lambda shelf, number: heard.append((shelf, number))):
        yield heard


added: Any = book_added
