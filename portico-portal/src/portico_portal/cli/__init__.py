"""Runs the command `portico-portal`, and imports each of its commands when it is called."""

import click

from portico.cli import LazyGroup, run_command

COMMANDS = {
    "admin": ("portico_portal.cli.admin", "Make an administrator."),
    "completion": ("portico.cli.completion", "Print what completes commands and names in a shell."),
    "db": ("portico_portal.cli.db", "Look after the portal's database."),
    "demo": ("portico_portal.demo.command", "Start the portal with its demo data, on this machine only."),
    "plugins": ("portico_portal.cli.plugins", "List, switch and make plugins."),
    "serve": ("portico_portal.cli.serve", "Start the portal with the settings of this machine."),
}


@click.group(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portico-portal")
def cli() -> None:
    """A small web portal on Portico's signals and plugins."""


def main() -> None:
    """Run one command and exit."""
    run_command(cli)
