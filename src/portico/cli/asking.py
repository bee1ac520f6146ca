"""Shows what a destructive command would do, and asks whether to do it."""

import os
import select
import signal
import sys

import click


def ask(preview: str) -> None:
    """Return if the answer is yes: typed at a terminal, or the first line of what is piped in.

    Raises:
        click.UsageError: there is nobody to answer.
        click.ClickException: the answer is another one.
    """
    click.echo(preview, err=True)
    if sys.stdin is not None and sys.stdin.isatty():
        click.echo("Go on? [y/N]: ", nl=False, err=True)
        answer = _typed_line()
    else:
        answer = sys.stdin.readline() if sys.stdin is not None else ""
        if not answer:
            raise click.UsageError("nothing was changed; add --yes to do it")
    if answer.strip().lower() not in {"y", "yes"}:
        raise click.ClickException("nothing was changed")


def _typed_line() -> str:
    """Return the next line of the terminal; Ctrl-C ends the waiting whenever it comes.

    Reading a terminal begins without a look at signals that have just arrived, and would go on until the next key.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake)
    try:
        select.select([sys.stdin, woken], [], [])
        return sys.stdin.readline()
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)
