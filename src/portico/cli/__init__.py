"""The command `portico`: which commands there are, and how a failure is told. Each is imported when it is run."""

import sys
from importlib import import_module

import click

from portico.cli.interrupts import INTERRUPTED, leave_on_interrupt, raise_on_interrupt
from portico.cli.terminal import print_plainer_where_needed
from portico.errors import PorticoError, UnknownPluginError

OK, FAILURE, NOT_FOUND, PARTIAL = 0, 1, 3, 4

COMMANDS = {
    "admin": "Make an administrator.",
    "db": "Look after the portal's database.",
    "demo": "Start the portal with its demo data, on this machine only.",
    "plugins": "List, switch and make plugins.",
    "serve": "Start the portal with the settings of this machine.",
}


class LazyGroup(click.Group):
    """A group whose help imports none of its commands: they bring a web framework with them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"portico.cli.{cmd_name}").command
        raise_on_interrupt()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in the help, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portico")
def cli() -> None:
    """Signals and plugins for Python web portals, and a portal built on them."""


def main() -> None:
    """Run one command and exit.

    0: it worked, 1: it failed, 2: it was called wrongly, 3: what it is about is not there, 4: it worked in part,
    130: it was interrupted.
    """
    leave_on_interrupt()
    print_plainer_where_needed()
    code = _run()
    leave_on_interrupt()
    sys.exit(code)


def _run() -> int:
    try:
        return cli.main(standalone_mode=False) or OK
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PorticoError as error:
        click.echo(f"Error: {error}", err=True)
        return NOT_FOUND if isinstance(error, UnknownPluginError) else FAILURE
