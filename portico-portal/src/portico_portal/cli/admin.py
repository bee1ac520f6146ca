"""Makes the first administrator: `portico-portal admin`. The others are made on the users page."""

import sys

import click

from portico.toolkit import get_action
from portico_portal import close_app, create_app, load_settings


@click.group("admin")
def command() -> None:
    """Make an administrator."""


@command.command("create")
@click.argument("name")
@click.option(
    "--email", required=True, prompt="E-mail address", help="Where mails to them go; they can sign in with it."
)
@click.option("--full-name", default="", help="How the portal greets them.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(*, name: str, email: str, full_name: str, password_stdin: bool) -> None:
    """Make an administrator called NAME."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    # The whole portal: an account made here reaches the plugins as any other does.
    app = create_app(load_settings())
    try:
        with app.app_context():
            user = get_action("user_create")(
                {"ignore_auth": True},
                {"name": name, "email": email, "full_name": full_name, "password": password, "is_admin": True},
            )
    finally:
        close_app(app)
    click.echo(f"{user['name']} is an administrator now.")
