"""Runs a command to its exit code, and imports the commands of a group when they are called."""

import sys
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from portico.cli.interrupts import INTERRUPTED, leave_on_interrupt, raise_on_interrupt
from portico.cli.terminal import print_plainer_where_needed
from portico.errors import PorticoError, StoreError, UnknownPluginError

OK, FAILURE, NOT_FOUND, PARTIAL, UNREACHABLE = 0, 1, 3, 4, 5


class NoSuchThingError(click.ClickException):
    """What a command is about is not there."""

    exit_code = NOT_FOUND


class LazyGroup(click.Group):
    """A group whose help imports none of its commands: they bring a web framework with them."""

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """Take each command's module, which has it as `command`, and its line in the help."""
        super().__init__(*args, **kwargs)
        self._modules = dict(modules)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names of all commands."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(self._modules[cmd_name][0]).command
        raise_on_interrupt()
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
        *,
        without: Collection[str] = (),
    ) -> None:
        """The list in the help, from the table above."""
        with formatter.section("Commands"):
            known = sorted(self._modules.items())
            formatter.write_dl([(name, text) for name, (_, text) in known if name not in without])


def run_command(command: click.Command) -> NoReturn:
    """Run a command with this process's arguments and exit.

    0: it worked, 1: it failed, 2: it was called wrongly, 3: what it is about is not there, 4: it worked in part,
    5: what it needs cannot be reached, 130: it was interrupted.
    """
    leave_on_interrupt()
    print_plainer_where_needed()
    code = exit_code_of(lambda: command.main(standalone_mode=False))
    leave_on_interrupt()
    sys.exit(code)


def exit_code_of(call: Callable[[], object]) -> int:
    """Run a command, which returns its exit code or None, and say in one line how it failed; return its exit code."""
    try:
        code = call()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PorticoError as error:
        click.echo(f"Error: {error}", err=True)
        return _code_of(error)
    return code if isinstance(code, int) else OK


def _code_of(error: PorticoError) -> int:
    if isinstance(error, UnknownPluginError):
        return NOT_FOUND
    return UNREACHABLE if isinstance(error, StoreError) else FAILURE
