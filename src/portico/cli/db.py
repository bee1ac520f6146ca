"""Makes, upgrades and shows Portico's own tables in a database: `portico db`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from portico.cli.command import FAILURE, OK

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from portico.tables import History

VARIABLE = "PORTICO_DATABASE"

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Version:
    """Which step of a history a database is at."""

    current: str | None
    """None: it has none of the tables."""
    newest: str
    """Where this version of the program brings it to."""
    known: bool = True
    """Whether this version of the program knows the step at all; a newer one left it else."""

    @property
    def is_newest(self) -> bool:
        """Whether nothing is left to do."""
        return self.current == self.newest

    @property
    def said(self) -> str:
        """What that means, in words."""
        if self.current is None:
            return "no tables yet"
        if not self.known:
            return f"written by a newer version; this one knows {self.newest}"
        return "up to date" if self.is_newest else f"{self.newest} is the newest"


def version_of(history: "History", engine: "Engine") -> Version:
    """Look which step of a history a database is at; nothing is made.

    Raises:
        ConfigurationError: it cannot be opened.
    """
    from portico.signals import one_line

    known = history.known
    current = history.current(engine)
    if current is not None:
        current = one_line(current)  # whatever stands there
    return Version(current, known[-1], known=current is None or current in known)


def upgrade_at(url: str) -> tuple[Version, Version]:
    """Bring Portico's tables in a database to this version; return where they were, and where they are.

    Raises:
        ConfigurationError: the URL cannot be used, the database cannot be opened, or a newer version wrote it.
        MissingExtraError: SQLAlchemy, Alembic or the driver is not installed.
    """
    from portico.tables import TABLES

    with _opened(url) as engine:
        before = version_of(TABLES, engine)
        TABLES.upgrade(engine)
        return before, version_of(TABLES, engine)


def look_at(url: str) -> Version:
    """Look which version of Portico's tables a database has; nothing is made.

    Raises:
        ConfigurationError: the URL cannot be used, or the database cannot be opened.
        MissingExtraError: SQLAlchemy or the driver is not installed.
    """
    from portico.tables import TABLES

    with _opened(url) as engine:
        return version_of(TABLES, engine)


def print_upgraded(upgraded: Mapping[str, tuple[Version, Version]], *, as_json: bool) -> int:
    """Print where histories were and are, by whose they are, and return the exit code."""
    if as_json:
        _print_json({name: {"before": was.current, **_as_dict(now)} for name, (was, now) in upgraded.items()})
        return OK
    for name, (was, now) in upgraded.items():
        click.echo(f"{name} {now.current}")
        change = "nothing was left to do" if was.current == now.current else f"was {was.current or 'without tables'}"
        click.echo(f"{name}: the database is at revision {now.current}; {change}.", err=True)
    return OK


def print_current(versions: Mapping[str, Version], *, command: str, as_json: bool) -> int:
    """Print where histories are, by whose they are, and return the exit code: 1 if one is not at its newest step."""
    if as_json:
        _print_json({name: _as_dict(version) for name, version in versions.items()})
    else:
        for name, version in versions.items():
            click.echo(f"{name} {version.current or 'none'}")
            click.echo(f"{name}: {version.said}.", err=True)
    if all(version.is_newest for version in versions.values()):
        return OK
    if all(version.known for version in versions.values()):
        click.echo(f"To upgrade, run: {command}", err=True)
    return FAILURE


@click.group("db")
def command() -> None:
    """Look after Portico's tables in a database of yours.

    All their names begin with portico_, and they have a version of their own, beside your own migrations.
    """


def as_json(function: Command) -> Command:
    """Give a command the option to print JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def _of_a_database(function: Command) -> Command:
    url = click.option(
        "--database",
        envvar=VARIABLE,
        show_envvar=True,
        required=True,
        metavar="URL",
        help="sqlite:///file.db, postgresql://user:password@host/name or mariadb://...; a password is better kept in "
        "the variable, as anybody on the machine sees the arguments of a command.",
    )
    return url(as_json(function))


@command.command("upgrade")
@_of_a_database
def upgrade(*, database: str, as_json: bool) -> int:
    """Make the tables, or bring them to this version. Processes that do so at once wait for one another."""
    return print_upgraded({"portico": upgrade_at(database)}, as_json=as_json)


@command.command("current")
@_of_a_database
def current(*, database: str, as_json: bool) -> int:
    """Show which version the tables have; exit with 1 if it is not the one of this program."""
    return print_current({"portico": look_at(database)}, command="portico db upgrade", as_json=as_json)


@contextmanager
def _opened(url: str) -> Iterator["Engine"]:
    from portico.tables import engine_of

    engine = engine_of(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _as_dict(version: Version) -> dict[str, Any]:
    return asdict(version) | {"up_to_date": version.is_newest}


def _print_json(document: object) -> None:
    import json

    click.echo(json.dumps(document, indent=2))
