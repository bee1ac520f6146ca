"""Runs the command `portico`, and offers what other commands of its kind are made of."""

from importlib.util import find_spec

from portico.errors import MissingExtraError

try:
    import click
except ImportError as error:
    raise MissingExtraError("click", "cli") from error
if find_spec("rich") is None:  # imported by what prints a table; the help has none
    raise MissingExtraError("rich", "cli")

from portico.cli.command import FAILURE, NOT_FOUND, OK, PARTIAL, LazyGroup, run_command
from portico.cli.interrupts import stopped_by_signals
from portico.cli.live_line import LiveLine

__all__ = [
    "FAILURE",
    "NOT_FOUND",
    "OK",
    "PARTIAL",
    "LazyGroup",
    "LiveLine",
    "cli",
    "main",
    "run_command",
    "stopped_by_signals",
]

COMMANDS = {
    "db": ("portico.cli.db", "Make and upgrade the tables of Portico in a database."),
    "plugins": ("portico.cli.plugins", "List, switch and make plugins."),
}


@click.group(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portico-signals")
def cli() -> None:
    """Signals and plugins for Python web portals."""


def main() -> None:
    """Run one command and exit."""
    run_command(cli)
