"""Offers the portal's plugins to the command line: those of this machine's settings, or of a demo."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portico.cli.plugins import ApplicationPlugins
from portico.errors import ConfigurationError
from portico.host import SQLStateStore
from portico_portal import (
    DEMO_PLUGINS,
    Database,
    Settings,
    given_settings,
    is_up_to_date,
    load_settings,
    make_host,
)
from portico_portal.demo.folder import DemoFolder

DEMO = Path("instance/demo")
ADVICE = "the database has not the tables of this version; run: portico-portal db upgrade"


@contextmanager
def portal_plugins(demo: Path | None) -> Iterator[ApplicationPlugins]:
    """The plugins of the portal of this machine's settings, or of the demo that keeps its data in `demo`.

    Raises:
        ConfigurationError: a setting is missing or unusable, the database cannot be opened, or there was no demo.
    """
    settings = _demo_settings(demo) if demo else _settings()
    database = Database(settings.database_url)
    try:
        store = SQLStateStore(database.engine) if is_up_to_date(database) else None
        yield ApplicationPlugins(make_host(settings), store, settings.plugins, advice=ADVICE)
    finally:
        database.close()


def _settings() -> Settings:
    try:
        return load_settings()
    except ConfigurationError as error:
        if DemoFolder(DEMO).database.exists():
            raise ConfigurationError(f"{error}; if you mean the demo, add: --data {DEMO}") from None
        raise


def _demo_settings(data: Path) -> Settings:
    folder = DemoFolder(data)
    if not folder.database.exists():
        raise ConfigurationError(
            f"there is no demo in {str(data)!r}; start one with: portico-portal demo --data {data}"
        )
    return given_settings(mode="demo", database_url=folder.database_url, plugins=DEMO_PLUGINS)
