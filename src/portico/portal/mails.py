"""What the portal writes to people. Sends nothing."""

from portico.portal.mail import Mail
from portico.portal.models import User


def reset_mail(user: User, link: str, site_name: str) -> Mail:
    """The mail with a link that sets a new password."""
    return Mail(
        to=user.email,
        subject=f"{site_name}: set a new password",
        body=f"""Hello {user.display_name},

somebody asked for a new password for your account {user.name} at {site_name}.
Open this link within one hour to set it:

{link}

The link works once. If it was not you, do nothing: your password stays what it is.
""",
    )
