"""Starts the portal with the settings of this machine: `portico-portal serve`."""

from contextlib import suppress

import click

from portico.cli import stopped_by_signals
from portico_portal import close_app, create_app, load_settings
from portico_portal.logs import log_to_terminal
from portico_portal.serving import listen, serve


@click.command("serve")
@click.option("--host", help="Listen here instead of where the settings say.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port instead of the configured one.")
def command(*, host: str | None, port: int | None) -> None:
    """Start the portal with the settings of this machine.

    Settings come from variables of the environment (PORTICO_...), and where one is not set, from portico.toml. Ctrl-C
    or SIGTERM stops it: with exit code 0 once it listens, with 130 before that.
    """
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    log_to_terminal()
    with stopped_by_signals(), listen(settings.host, settings.port) as listener:
        app = create_app(settings)
        try:
            with suppress(KeyboardInterrupt):  # the ordinary way to stop, from here on
                click.echo(f"{settings.site_name} listens on {settings.host}:{listener.getsockname()[1]}.", err=True)
                serve(app, listener)
        finally:
            close_app(app)
