"""Starts the application for real, and says what is wrong with its plugins: `portico check`, for CI."""

import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import click

from portico.cli.command import FAILURE, OK

if TYPE_CHECKING:
    from portico.host import Portico


@click.command("check", short_help="Start the application, and say what is wrong with its plugins.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Start the application with its plugins, say what is wrong with them, and stop it again.

    Exits with 1 if anything is: a plugin that failed, one that is wanted and not installed, a subscription to a signal
    that nobody declares or sends. Unlike the other commands this one imports the plugins and puts them to work.
    """
    from portico.cli.host import host_for
    from portico.cli.printing import print_json, print_lines, say

    with host_for(ctx) as host, redirect_stdout(sys.stderr):
        if not host.is_open:
            host.open()
        enabled = sum(status.state == "enabled" for status in host.plugins.list())
        problems = [str(problem) for problem in problems_of(host)]
    if as_json:
        print_json({"problems": problems, "enabled": enabled})
    else:
        print_lines(problems)
    found = {0: "Nothing is wrong", 1: "1 problem"}.get(len(problems), f"{len(problems)} problems")
    say(f"{found}; {enabled} {'plugin is' if enabled == 1 else 'plugins are'} enabled.")
    return FAILURE if problems else OK


def problems_of(host: "Portico") -> list[object]:
    """Return what is wrong with the plugins of an open host."""
    ask: Callable[[], Iterable[object]] | None = getattr(host, "problems", None)
    return list(ask()) if ask is not None else list(_seen_from_here(host))


def _seen_from_here(host: "Portico") -> Iterable[str]:
    for view in host.plugins.from_outside.all():
        if view.installed is None:
            yield host.manager.unknown(view.name)
    for status in host.plugins.list():
        if status.state == "failed" and status.failure is not None:
            yield f"{status.name} failed at {status.failure.stage}: {status.failure.error}"
        for each in status.subscriptions:
            if each.orphaned:
                hint = f"; did you mean {each.did_you_mean!r}?" if each.did_you_mean else ""
                yield f"{status.name} hears {each.signal!r}, which nobody declares or sends{hint}"
