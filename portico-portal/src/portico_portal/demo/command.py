"""Starts the whole portal on this machine, with people and a mailbox: `portico-portal demo`."""

import socket
import sys
from contextlib import ExitStack, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from portico.cli import LiveLine, stopped_by_signals
from portico_portal import (
    DEMO_ADMIN,
    DEMO_PASSWORD,
    DEMO_PLUGINS,
    Database,
    Settings,
    close_app,
    create_app,
    given_settings,
    seed_demo,
    upgrade_database,
)
from portico_portal.demo.folder import DemoFolder
from portico_portal.demo.mailbox_process import MailboxProcess
from portico_portal.logs import log_to_terminal
from portico_portal.serving import listen, serve


@click.command("demo")
@click.option("--fresh", is_flag=True, help="Start over: delete what an earlier demo stored.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Where it listens; if it is taken, at the next free one.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens: an address of this machine only."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("instance/demo"),
    show_default=True,
    help="Where it keeps its data.",
)
def command(*, fresh: bool, port: int, host: str, data: Path) -> None:
    """Start the portal with its demo data, on this machine only.

    It prints where to go and how to sign in, then one line for each signal. Ctrl-C stops it: with exit code 0 once it
    has printed where to go, with 130 before that.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # Each line when it happens, in a pipe too; and what the terminal has no character for is no reason to stop.
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    folder = DemoFolder(data)
    with stopped_by_signals():
        run_demo(folder, host=host, port=port, fresh=fresh)
    click.echo("The demo is stopped; its data is kept.", err=True)


def run_demo(folder: DemoFolder, *, host: str, port: int, fresh: bool) -> None:
    """Start everything, serve until a signal, and stop everything, the last started first."""
    _settings(folder, host, port)  # what is wrong with them is said before anything is deleted
    folder.prepare(fresh=fresh)
    log_to_terminal(file=folder.log)
    with ExitStack() as undo:
        undo.enter_context(folder.in_use())
        mailbox = undo.enter_context(MailboxProcess(folder.mailbox))
        listener = undo.enter_context(listen(host, port, or_next=True))
        _seed(folder)
        settings = _settings(
            folder,
            host,
            listener.getsockname()[1],
            secret_key=folder.secret_key(),
            smtp_port=mailbox.wait_for_port(),
        )
        app = create_app(settings)
        undo.callback(close_app, app)
        with suppress(KeyboardInterrupt):  # the ordinary way to stop, from here on
            _welcome(settings, folder, wanted_port=port)
            _serve_aloud(app, listener)


def _settings(folder: DemoFolder, host: str, port: int, **known_later: Any) -> Settings:
    # An environment that is meant for a real portal does not reach the demo.
    return given_settings(
        mode="demo",
        host=host,
        port=port,
        database_url=folder.database_url,
        plugins=DEMO_PLUGINS,
        watch_payloads=True,
        mailbox_dir=folder.mailbox,
        **known_later,
    )


def _seed(folder: DemoFolder) -> None:
    database = Database(folder.database_url)
    try:
        upgrade_database(database)
        seed_demo(database)
    finally:
        database.close()


def _serve_aloud(app: Flask, listener: socket.socket) -> None:
    line = LiveLine(sys.stdout)
    line.attach()
    try:
        serve(app, listener)
    finally:
        line.close()


def _welcome(settings: Settings, folder: DemoFolder, *, wanted_port: int) -> None:
    console = Console(highlight=False)
    if wanted_port not in {0, settings.port}:
        console.print(f"Port {wanted_port} is taken: using {settings.port}.")
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column(overflow="fold")
    rows.add_row("Open", f"[bold]{settings.public_url}[/]")
    rows.add_row("Sign in", f"[bold]{DEMO_ADMIN}[/] with the password [bold]{DEMO_PASSWORD}[/]")
    rows.add_row("Plugins", f"{settings.public_url}/console/plugins")
    rows.add_row("Mailbox", f"{settings.public_url}/mailbox")
    rows.add_row("Data", f"{folder.path}, kept; --fresh starts over")
    rows.add_row("Stop", "Ctrl-C")
    console.print(Panel(rows, title="Portico demo", title_align="left", expand=False, padding=(1, 2)))
    console.print("[dim]One line for each signal: time, signal, sender, then its receivers.[/]")
