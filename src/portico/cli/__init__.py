"""Runs the command `portico`, and offers what other commands of its kind are made of."""

from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from portico.errors import MissingExtraError

try:
    import click
except ImportError as error:
    raise MissingExtraError("click", "cli") from error
if find_spec("rich") is None:  # imported by what prints a table; the help has none
    raise MissingExtraError("rich", "cli")

from portico.cli.command import (
    FAILURE,
    NOT_FOUND,
    OK,
    PARTIAL,
    UNREACHABLE,
    LazyGroup,
    exit_code_of,
    run_command,
)
from portico.cli.interrupts import left_on_interrupt, stopped_by_signals
from portico.cli.live_line import LiveLine

if TYPE_CHECKING:
    from portico.host import Portico

__all__ = [
    "FAILURE",
    "NOT_FOUND",
    "OK",
    "PARTIAL",
    "UNREACHABLE",
    "LazyGroup",
    "LiveLine",
    "cli",
    "exit_code_of",
    "left_on_interrupt",
    "main",
    "run_command",
    "stopped_by_signals",
]

COMMANDS = {
    "check": ("portico.cli.check", "Start the application, and say what is wrong with its plugins."),
    "completion": ("portico.cli.completion", "Print what completes commands and names in a shell."),
    "db": ("portico.cli.db", "Make and upgrade the tables of Portico in a database."),
    "plugins": ("portico.cli.plugins", "List, switch and make plugins."),
    "signals": ("portico.cli.signals", "List the signals that an application declares."),
}


class AnyApplication(LazyGroup):
    """The commands, about the application that their first options or the surroundings name."""

    def open_host(self, ctx: click.Context) -> AbstractContextManager["Portico"]:
        """Load the application and return its host; see `portico.cli.host`."""
        from portico.cli.loading import loaded_host
        from portico.cli.naming import named_application

        return loaded_host(named_application(ctx.params.get("app")), debug=bool(ctx.params.get("debug")))


@click.group(cls=AnyApplication, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--app",
    metavar="MODULE:NAME",
    help="The application: a Portico, a Flask, ASGI or Django application, or a function that makes one. "
    "Else PORTICO_APP, else app in [tool.portico] of pyproject.toml, else what FLASK_APP or "
    "DJANGO_SETTINGS_MODULE names.",
)
@click.option("--debug", is_flag=True, help="Show the traceback where the application cannot be loaded.")
@click.version_option(package_name="portico-signals")
def cli(*, app: str | None, debug: bool) -> None:
    """Signals and plugins of a Python application."""


def main() -> None:
    """Run one command and exit."""
    run_command(cli)
