"""Shows what a destructive command would do, and asks whether to do it."""

import sys

import click


def ask(preview: str) -> None:
    """Return if the answer is yes: typed at a terminal, or the first line of what is piped in.

    Raises:
        click.UsageError: there is nobody to answer.
        click.ClickException: the answer is another one.
    """
    click.echo(preview, err=True)
    if not _is_yes():
        raise click.ClickException("nothing was changed")


def _is_yes() -> bool:
    if sys.stdin is not None and sys.stdin.isatty():
        return click.confirm("Go on?", err=True)
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        raise click.UsageError("nothing was changed; add --yes to do it")
    return answer.strip().lower() in {"y", "yes"}
