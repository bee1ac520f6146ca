"""Greets everybody who gets an account: the welcome mail plugin, an example of `IPluginBootstrap`."""

from portico import IPluginBootstrap, implements
from portico.builtin import User, user_created
from portico.plugins import SingletonPlugin
from portico_portal import Mail, current_portal


class WelcomeMailPlugin(SingletonPlugin):
    """Sends a welcome mail to everybody who gets an account."""

    implements(IPluginBootstrap)

    def bootstrap(self) -> None:
        """Connect the receiver; what is connected here is disconnected when the plugin is disabled."""
        user_created.connect(greet)


def greet(_sender: str, /, *, user: User) -> None:
    """Send one mail. When the mail server is away this fails, and the account is there all the same."""
    if user.email is None:
        return
    settings = current_portal.settings
    current_portal.mailer.send(
        Mail(
            to=user.email,
            subject=f"Welcome to {settings.site_name}",
            body=f"Hello {user.name},\n\n"
            f"your account at {settings.site_name} is ready. Sign in here:\n\n"
            f"{settings.public_url}/sign-in\n",
        )
    )
