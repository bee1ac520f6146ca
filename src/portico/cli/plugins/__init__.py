"""Lists, switches and makes plugins: `portico plugins`, which offers what the plugins page of the console does."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portico.cli.asking import ask
from portico.cli.command import FAILURE, OK, PARTIAL

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from portico.host import ApplicationPlugins, Switched

__all__ = ["command"]

# An application that has requests follows within this time; one that has none is not waited for.
PATIENCE_SECONDS = 1.5

Command = Callable[..., Any]


@click.group("plugins")
def command() -> None:
    """List, switch and make plugins.

    None of them is imported or put to work by these commands. What you switch is stored where the application keeps its
    state; its processes follow within a second, with their next request.
    """


def _as_json(function: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def _waiting(function: Command) -> Command:
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Wait this long for every process to follow; exit with 4 if one does not.",
    )(function)


def _unasked(function: Command) -> Command:
    return click.option("--yes", is_flag=True, help="Do not ask.")(function)


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from portico.cli.completion import complete_plugin

    return complete_plugin(ctx, param, incomplete)


_name = click.argument("name", shell_complete=_complete)
_names = click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=_complete)


@command.command("list", short_help="List every installed plugin.")
@_as_json
@click.pass_context
def list_plugins(ctx: click.Context, *, as_json: bool) -> None:
    """List every installed plugin, in the order of their receivers."""
    from portico.cli.host import looked_at
    from portico.cli.plugins.printing import print_json, print_list, say

    with looked_at(ctx) as host:
        plugins = host.plugins.from_outside
        found = plugins.all()
    if as_json:
        print_json({"plugins": [view.as_json() for view in found]})
        return
    print_list(found)
    if plugins.is_in_memory:
        say(
            "The application keeps the state of plugins in memory: this is how they start, "
            "whatever was switched inside."
        )
    elif not any(view.processes for view in found):
        say("No process of the application has reported yet: this is how they are to be.")


@command.command("show", short_help="Show one plugin, process by process.")
@_name
@_as_json
@click.pass_context
def show(ctx: click.Context, *, name: str, as_json: bool) -> None:
    """Show one plugin, and how it is in each process of the application."""
    from portico.cli.host import looked_at
    from portico.cli.plugins.printing import print_json, print_one

    with looked_at(ctx) as host:
        view = host.plugins.from_outside.get(name)
    if as_json:
        print_json(view.as_json())
    else:
        print_one(view)


@command.command("enable", short_help="Enable plugins, or try again.")
@_names
@_waiting
@_as_json
@click.pass_context
def enable(ctx: click.Context, *, names: Sequence[str], wait: float | None, as_json: bool) -> int:
    """Enable plugins; one that failed is tried again, one that was quarantined is on probation."""
    from portico.cli.host import looked_at

    with looked_at(ctx) as host:
        plugins = host.plugins.from_outside
        return _finish(plugins, plugins.enable(names), wait, as_json=as_json)


@command.command("disable", short_help="Disable plugins.")
@_names
@_unasked
@_waiting
@_as_json
@click.pass_context
def disable(ctx: click.Context, *, names: Sequence[str], yes: bool, wait: float | None, as_json: bool) -> int:
    """Disable plugins: say what that does, ask, and do it if the answer is yes. With --yes, nothing is asked."""
    from portico.cli.host import looked_at

    with looked_at(ctx) as host:
        plugins = host.plugins.from_outside
        working = [view.name for view in map(plugins.get, dict.fromkeys(names)) if not view.is_off]
        plugins.check_unneeded(names)
        plugins.check_reach()
        if working and not yes:
            ask(f"This disables {', '.join(working)}. What is sent meanwhile they never hear of.")
        return _finish(plugins, plugins.disable(names), wait, as_json=as_json)


@command.command("quarantine", short_help="Suspend a plugin, and say why.")
@_name
@click.option("--reason", required=True, help="Shown wherever the plugin is listed.")
@_unasked
@_waiting
@_as_json
@click.pass_context
def quarantine(ctx: click.Context, *, name: str, reason: str, yes: bool, wait: float | None, as_json: bool) -> int:
    """Suspend an enabled plugin until a person enables it again; it is on probation then."""
    from portico.cli.host import looked_at
    from portico.signals import one_line

    line = one_line(reason)
    if not line:
        raise click.BadParameter("say why, in a few words", param_hint="--reason")
    with looked_at(ctx) as host:
        plugins = host.plugins.from_outside
        plugins.check_to_quarantine(name)
        plugins.check_reach()
        if not yes:
            ask(f"This suspends {name} until somebody enables it again. What is sent meanwhile it never hears of.")
        return _finish(plugins, [plugins.quarantine(name, f"was quarantined by hand: {line}")], wait, as_json=as_json)


@command.command("new", short_help="Write a new plugin, with tests, ready to install.")
@click.argument("name")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--author", help="Who wrote it; stands in the licence and in listings.")
@click.option("--summary", default="Greets everybody who gets an account.", help="What it does, in one sentence.")
@click.option(
    "--license",
    "licence",
    type=click.Choice(["MIT", "BSD-3-Clause", "ISC", "none"], case_sensitive=False),
    default="MIT",
    show_default=True,
    help="none: all rights reserved.",
)
@_as_json
def new(*, name: str, folder: Path | None, author: str | None, summary: str, licence: str, as_json: bool) -> None:
    """Write a new plugin called NAME, with tests, ready to install; into FOLDER, or one named like it.

    Nothing that exists is overwritten.
    """
    from portico.cli.plugins.new import NewPlugin
    from portico.cli.plugins.printing import print_json, say

    plugin = NewPlugin(name, author=author, summary=summary, licence=licence)
    folder = folder or Path(plugin.distribution)
    files = plugin.write(folder)
    if as_json:
        print_json({"name": name, "folder": str(folder), "files": files})
        return
    for file in files:
        click.echo(str(folder / file))
    say(plugin.next_steps(folder))


def _finish(plugins: "ApplicationPlugins", switched: "list[Switched]", wait: float | None, *, as_json: bool) -> int:
    """Wait for the processes, say what came of it, and return the exit code."""
    from portico.cli.plugins.printing import print_json, say_switched, waiting

    if not all(each.is_settled for each in switched):
        with waiting("Waiting for the application to follow"):
            switched = plugins.wait(switched, PATIENCE_SECONDS if wait is None else wait)
    if as_json:
        print_json({"plugins": [each.as_json() for each in switched]})
    for each in switched:
        say_switched(each)
    failed = [each for each in switched if each.failed]
    if failed:
        everywhere = all(len(each.view.failed) == len(each.view.processes) for each in failed)
        return FAILURE if everywhere and len(failed) == len(switched) else PARTIAL
    if any(each.to_restart for each in switched):
        return PARTIAL
    return PARTIAL if wait is not None and not all(each.is_settled for each in switched) else OK
