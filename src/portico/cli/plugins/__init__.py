"""Lists, switches and makes plugins: `portico plugins`, which offers what the plugins page of the console does."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portico.cli.command import FAILURE, OK, PARTIAL
from portico.cli.plugins.switching import ApplicationPlugins, application_plugins, is_off

if TYPE_CHECKING:
    from portico.cli.plugins.switching import Switched

__all__ = ["ApplicationPlugins", "command"]

# A portal that has requests follows within this time; one that has none is not waited for.
PATIENCE_SECONDS = 1.5

Command = Callable[..., Any]


@click.group("plugins")
def command() -> None:
    """List, switch and make plugins.

    The plugins are those of the portal that this machine's settings describe or, with --data, those of a demo. What you
    switch is stored in the portal's database; a running portal follows within a second, with its next request.
    """


def _of_a_portal(function: Command) -> Command:
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder of a demo, to use its plugins instead of those of this machine's portal.",
    )
    return data(_as_json(function))


def _as_json(function: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def _waiting(function: Command) -> Command:
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Wait this long for every process to follow; exit with 4 if one does not.",
    )(function)


@command.command("list", short_help="List every installed plugin.")
@_of_a_portal
def list_plugins(*, data: Path | None, as_json: bool) -> None:
    """List every installed plugin, in the order of their receivers."""
    from portico.cli.plugins.printing import print_json, print_list, say

    with application_plugins(data) as plugins:
        found = plugins.all()
    if as_json:
        print_json({"plugins": [view.as_json() for view in found]})
        return
    print_list(found)
    if not any(view.processes for view in found):
        say("No process of the portal has reported yet: this is how they are to be.")


@command.command("show", short_help="Show one plugin, process by process.")
@click.argument("name")
@_of_a_portal
def show(*, name: str, data: Path | None, as_json: bool) -> None:
    """Show one plugin, and how it is in each process of the portal."""
    from portico.cli.plugins.printing import print_json, print_one

    with application_plugins(data) as plugins:
        view = plugins.get(name)
    if as_json:
        print_json(view.as_json())
    else:
        print_one(view, "on its page in the console, /console/plugins/" + name)


@command.command("enable", short_help="Enable plugins, or try again.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_waiting
@_of_a_portal
def enable(*, names: Sequence[str], wait: float | None, data: Path | None, as_json: bool) -> int:
    """Enable plugins; one that failed is tried again, one that was quarantined is on probation."""
    with application_plugins(data) as plugins:
        return _finish(plugins, plugins.enable(names), wait, as_json=as_json)


@command.command("disable", short_help="Disable plugins.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_waiting
@_of_a_portal
def disable(*, names: Sequence[str], yes: bool, wait: float | None, data: Path | None, as_json: bool) -> int:
    """Disable plugins: say what that does, ask, and do it if the answer is yes. With --yes, nothing is asked."""
    with application_plugins(data) as plugins:
        working = [view.name for view in map(plugins.get, names) if not is_off(view)]
        plugins.check_unneeded(names)
        if working and not yes:
            _ask(f"This disables {', '.join(working)}. What is sent meanwhile they never hear of.")
        return _finish(plugins, plugins.disable(names), wait, as_json=as_json)


@command.command("quarantine", short_help="Suspend a plugin, and say why.")
@click.argument("name")
@click.option("--reason", required=True, help="Shown wherever the plugin is listed.")
@_waiting
@_of_a_portal
def quarantine(*, name: str, reason: str, wait: float | None, data: Path | None, as_json: bool) -> int:
    """Suspend an enabled plugin until a person enables it again; it is on probation then."""
    from portico.signals import one_line

    line = one_line(reason)
    if not line:
        raise click.BadParameter("say why, in a few words", param_hint="--reason")
    with application_plugins(data) as plugins:
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


def _finish(plugins: ApplicationPlugins, switched: "list[Switched]", wait: float | None, *, as_json: bool) -> int:
    """Wait for the processes, say what came of it, and return the exit code."""
    from portico.cli.plugins.printing import err, print_json, say_switched

    if not all(each.is_settled for each in switched):
        with err().status("Waiting for the portal to follow", spinner="line"):
            switched = plugins.wait(switched, PATIENCE_SECONDS if wait is None else wait)
    if as_json:
        print_json({"plugins": [each.view.as_json() | {"changed": each.changed} for each in switched]})
    for each in switched:
        say_switched(each)
    failed = [each for each in switched if each.failed]
    if failed:
        everywhere = all(len(each.view.failed) == len(each.view.processes) for each in failed)
        return FAILURE if everywhere and len(failed) == len(switched) else PARTIAL
    if any(each.to_restart for each in switched):
        return PARTIAL
    return PARTIAL if wait is not None and not all(each.is_settled for each in switched) else OK


def _ask(preview: str) -> None:
    click.echo(preview, err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was changed; add --yes to do it")
    if not click.confirm("Go on?", err=True):
        raise click.ClickException("nothing was changed")
