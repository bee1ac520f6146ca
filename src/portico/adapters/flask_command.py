"""Offers the command `portico` in a Flask application, as `flask portico ...`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from portico.errors import MissingExtraError
from portico.host import is_looking, looking
from portico.signals import Undo, Undoing

try:
    import click
    from flask.cli import FlaskGroup
except ImportError as error:
    raise MissingExtraError("Flask", "flask") from error

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType

    from flask import Flask

    from portico.host import Portico

COMMAND: Final = "portico"
# It is about the command `portico` itself; Flask completes its own.
LEFT_OUT: Final = "completion"

_completing: Final = ExitStack()
"""Of a process that does nothing else."""


class FlaskCommand(click.Group):
    """The group `flask portico`: the commands of `portico`, imported when one is called, about this application."""

    def __init__(self, host: Portico) -> None:
        super().__init__(COMMAND, help="Signals and plugins of this application.")
        self._host: Final = host

    def open_host(self, _: click.Context) -> AbstractContextManager[Portico]:
        """Return the host of the application, which stays as it is."""
        return nullcontext(self._host)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return [name for name in _cli().cli.list_commands(ctx) if name != LEFT_OUT]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported now."""
        command: click.Command | None = _cli().cli.get_command(ctx, cmd_name) if cmd_name != LEFT_OUT else None
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list in the help without importing what it names."""
        _cli().cli.format_commands(ctx, formatter, without=[LEFT_OUT])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and exit as `portico` does; Flask has no exit codes of its own."""
        ctx.exit(_cli().exit_code_of(lambda: super(FlaskCommand, self).invoke(ctx)))


def offer_command(app: Flask, host: Portico) -> Undo:
    """Add `flask portico` where the extra `cli` is installed and the application has no such command; undoable."""
    command = FlaskCommand(host)
    is_new = COMMAND not in app.cli.commands and find_spec("rich") is not None
    if is_new:
        app.cli.add_command(command)

    def undo() -> None:
        if app.cli.commands.get(COMMAND) is command:
            del app.cli.commands[COMMAND]

    return Undoing(undo)


def look_if_that_is_all() -> None:
    """Let this process only look, if Flask imports the application for `flask portico` or to complete a command.

    Flask has to import it to learn that it has the command; `check` starts it for real.
    """
    context = click.get_current_context(silent=True)
    if is_looking():
        return
    if "_FLASK_COMPLETE" in os.environ:
        _completing.enter_context(looking())
    elif context is not None and isinstance(context.find_root().command, FlaskGroup):
        called = _called()
        if called[:1] == [COMMAND] and called[1:2] != ["check"]:
            context.find_root().with_resource(looking())


def _called() -> list[str]:
    """Return the command that is being looked for, and what follows it.

    Nothing else knows: `sys.argv` is that of a test, where one calls a command.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no other way to know
    while frame is not None:
        if frame.f_code is click.Group.resolve_command.__code__:
            return list(frame.f_locals["args"])
        frame = frame.f_back
    return []


def _cli() -> Any:
    # By name: it stands above the adapters.
    return import_module("portico.cli")
