"""Lists and switches the portal's plugins: those of this machine's settings, or of a demo."""

import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from portico.cli import left_on_interrupt
from portico.cli.plugins import command as plugins
from portico.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from portico.host import Portico
    from portico.plugins import Desired, ProcessReport, StateStore
    from portico_portal import Database, Settings

DEMO = Path("instance/demo")
ADVICE = "the database has not the tables of this version; run: portico-portal db upgrade"


class PluginsOfThePortal(click.Group):
    """The commands of `portico plugins`, about this portal."""

    @contextmanager
    def open_host(self, ctx: click.Context) -> "Iterator[Portico]":
        """The portal's host, and its database, which is closed afterwards.

        Raises:
            ConfigurationError: a setting is unusable, the database cannot be opened, or there was no demo.
        """
        with left_on_interrupt():
            from portico_portal import Database, make_host
            from portico_portal.demo.folder import DemoFolder

        data: Path | None = ctx.params.get("data")
        settings = _demo_settings(data) if data else _settings()
        database = Database(settings.database_url)
        try:
            store = _store(database)
            if isinstance(store, NotThereYet) and not data and DemoFolder(DEMO).database.exists():
                click.echo(
                    f"The portal has no database yet; if you mean the demo, add: plugins --data {DEMO}", err=True
                )
            yield make_host(settings, store)
        finally:
            database.close()


def portal_host() -> "Portico":
    """The host of the portal of this machine's settings, without a key and without migrating its database.

    It is for looking and switching from outside: `portico --app portico_portal.cli.plugins:portal_host ...`.

    Raises:
        ConfigurationError: a setting is unusable, or the database cannot be opened.
    """
    from portico_portal import Database, make_host

    settings = _settings()
    database = Database(settings.database_url)
    store = _store(database)
    database.close()
    return make_host(settings, store)


@click.group("plugins", cls=PluginsOfThePortal, commands=plugins.commands, help=plugins.help)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of a demo, to use its plugins instead of those of this machine's portal.",
)
def command(*, data: Path | None) -> None:
    """The portal's plugins."""


class NotThereYet:
    """The state of plugins in a database that was not made yet: nothing was switched, and nothing can be."""

    def revision(self) -> int:
        """No change was made."""
        return 0

    def load(self) -> "Mapping[str, Desired]":
        """Nothing was switched."""
        return {}

    def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> NoReturn:  # noqa: ARG002 - the signature is the store's
        """Refuse it.

        Raises:
            ConfigurationError: always; the message says how to make the database.
        """
        raise ConfigurationError(ADVICE)

    def report(self, process: str, reports: "Sequence[ProcessReport]") -> None:
        """Forget it."""

    def reports(self) -> "Sequence[ProcessReport]":
        """No process has said anything."""
        return ()


def _store(database: "Database") -> "StateStore":
    from portico.host import SQLStateStore
    from portico_portal import is_up_to_date

    return SQLStateStore(database.engine) if is_up_to_date(database) else NotThereYet()


def _settings() -> "Settings":
    from portico_portal import load_settings

    # Nothing is signed here: any key will do.
    return load_settings(secret_key=secrets.token_hex())


def _demo_settings(data: Path) -> "Settings":
    from portico_portal import DEMO_PLUGINS, given_settings
    from portico_portal.demo.folder import DemoFolder

    folder = DemoFolder(data)
    if not folder.database.exists():
        raise ConfigurationError(
            f"there is no demo in {str(data)!r}; start one with: portico-portal demo --data {data}"
        )
    return given_settings(mode="demo", database_url=folder.database_url, plugins=DEMO_PLUGINS)
