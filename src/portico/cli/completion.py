"""Completes names of plugins and signals in a shell, and prints what a shell needs for it: `portico completion`."""

import logging
import os
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from portico.cli.host import looked_at
from portico.signals import namespaces

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.host import Portico

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print what completes commands and names in a shell.")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.pass_context
def command(ctx: click.Context, shell: str | None) -> None:
    """Print the script that completes commands, options, plugins and signals in SHELL: bash, zsh or fish.

    For bash: eval "$(portico completion bash)", in ~/.bashrc. Without SHELL, it is that of the variable SHELL.
    """
    wanted = shell or os.environ.get("SHELL", "").rpartition("/")[2]
    kind = get_completion_class(wanted) if wanted in SHELLS else None
    if kind is None:
        raise click.UsageError(f"name a shell: {', '.join(SHELLS)}")
    root = ctx.find_root()
    name = root.info_name or "portico"
    variable = f"_{name}_COMPLETE".replace("-", "_").replace(".", "_").upper()
    click.echo(kind(root.command, {}, name, variable).source())


def complete_plugin(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the plugins of the application that is named, with what they are for."""

    def find(host: "Portico") -> list[CompletionItem]:
        return [
            CompletionItem(each.name, help=each.installed.summary if each.installed else None)
            for each in host.plugins.from_outside.all()
        ]

    return _complete(ctx, incomplete, find)


def complete_signal(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the signals that the application knows, by name; with the namespace where that is typed, or is needed.

    bash takes a colon for the end of a word: a name without one is what can be completed everywhere.
    """

    def find(_: "Portico") -> list[CompletionItem]:
        labels = [(signal.name, signal.label) for namespace in namespaces() for signal in namespace]
        names = Counter(name for name, _ in labels)
        return [CompletionItem(label if ":" in incomplete or names[name] > 1 else name) for name, label in labels]

    return _complete(ctx, incomplete, find)


def _complete(
    ctx: click.Context, incomplete: str, find: "Callable[[Portico], list[CompletionItem]]"
) -> list[CompletionItem]:
    # Whatever is said now would stand in the midst of somebody's command line.
    logging.disable()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            with looked_at(ctx) as host:
                found = find(host)
        except (Exception, SystemExit):  # noqa: BLE001 - nothing to complete with, that is all
            return []
    return [item for item in found if item.value.startswith(incomplete)]
