"""`portico serve`: the portal with the settings of this machine."""

import click

from portico.cli.logs import log_to_terminal
from portico.cli.serving import listen, serve, stopped_by_signals
from portico.portal import close_app, create_app, load_settings


@click.command("serve")
@click.option("--host", help="Instead of the configured one.")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of the configured one.")
def command(*, host: str | None, port: int | None) -> None:
    """Start the portal with the settings of this machine.

    They come from the environment (PORTICO_...) over portico.toml. Ctrl-C or SIGTERM stops it, with exit code 0.
    """
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    log_to_terminal()
    with stopped_by_signals(), listen(settings.host, settings.port) as listener:
        app = create_app(settings)
        try:
            click.echo(f"{settings.site_name} listens on {settings.host}:{listener.getsockname()[1]}.", err=True)
            serve(app, listener)
        finally:
            close_app(app)
