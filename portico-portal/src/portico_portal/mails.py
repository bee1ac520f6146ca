"""Writes the texts of the portal's mails to people."""

from portico_portal.mail import Mail
from portico_portal.models import User


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


def sign_up_mail(name: str, email: str, link: str, site_name: str) -> Mail:
    """The mail with a link that makes an account."""
    return Mail(
        to=email,
        subject=f"{site_name}: make your account",
        # Nothing else of what was typed: strangers could send their own words to anybody.
        body=f"""Hello,

somebody asked for an account {name} at {site_name} with your address.
Open this link within one hour to choose a password and make it:

{link}

If it was not you, do nothing: there will be no account.
""",
    )


def address_in_use_mail(user: User, reset_page: str, site_name: str) -> Mail:
    """The mail to somebody whose address was used to sign up though it has an account."""
    return Mail(
        to=user.email,
        subject=f"{site_name}: you have an account",
        body=f"""Hello {user.display_name},

somebody asked for an account at {site_name} with your address, which has one: {user.name}.
No other one was made. If it was you, sign in, or set a new password:

{reset_page}

If it was not you, do nothing: your account and your password stay what they are.
""",
    )
