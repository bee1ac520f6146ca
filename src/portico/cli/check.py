"""Starts the application for real, and says what is wrong with its plugins: `portico check`, for CI."""

import sys
from contextlib import redirect_stdout

import click

from portico.cli.command import FAILURE, OK


@click.command("check", short_help="Start the application, and say what is wrong with its plugins.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Start the application with its plugins, say what is wrong with them, and stop it again.

    Exits with 1 if anything is: a plugin that failed, one that is wanted and not installed, a subscription to a signal
    that nobody declares, a module with receivers that nobody imports. Unlike the other commands this one imports the
    plugins and puts them to work.
    """
    from portico.cli.printing import print_json, print_lines, say

    problems, enabled = _started(ctx)
    if as_json:
        print_json({"problems": problems, "enabled": enabled})
    else:
        print_lines(problems)
    found = {0: "Nothing is wrong", 1: "1 problem"}.get(len(problems), f"{len(problems)} problems")
    say(f"{found}; {enabled} {'plugin is' if enabled == 1 else 'plugins are'} enabled.")
    return FAILURE if problems else OK


def _started(ctx: click.Context) -> tuple[list[str], int]:
    """Return what is wrong with the application once it has started, and how many plugins are enabled then."""
    from portico.cli.host import host_for
    from portico.errors import StartError

    try:
        # What a plugin prints is no data.
        with redirect_stdout(sys.stderr), host_for(ctx) as host:
            if not host.is_open:
                host.open()
            return host.problems(), sum(status.state == "enabled" for status in host.plugins.list())
    except StartError as error:
        return list(error.problems), 0
