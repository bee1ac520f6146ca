"""Defines the actions with which people make their own accounts: mail a link, and make the account with it."""

from datetime import timedelta
from functools import partial
from typing import Any

from portico.errors import ConflictError, ValidationError
from portico.toolkit import Context, DataDict, sensitive
from portico_portal.accounts import AttemptLimit, find_taken, find_user, mailbox_key, validation
from portico_portal.actions.actors import remote_address_of, session_of
from portico_portal.actions.fields import Fields
from portico_portal.actions.mailing import send_limited
from portico_portal.actions.users import add_account, as_dict, read_person
from portico_portal.context import current_portal, passwords
from portico_portal.errors import SignUpLinkError
from portico_portal.mails import address_in_use_mail, sign_up_mail

SIGN_UP_LIMIT = AttemptLimit("sign-up", per_pair=3, per_subject=6, per_address=20, window=timedelta(hours=1))


def sign_up_request(context: Context, data_dict: DataDict) -> None:
    """Mail a link with which the account can be made; nothing is made before.

    Fields: `name`, unique whatever its case; `email`; `full_name`, which may be left out.

    Neither the answer nor its time tells whether the address has an account: its owner reads that in the mail.
    A user name that is taken is told, as people know one another by it.

    Raises:
        TooManyAttemptsError: too many accounts were asked for, for this address or from where the request came.
        ConflictError: the user name is taken.
    """
    fields = Fields(data_dict)
    name, full_name, email = read_person(fields, public=True)
    fields.check()
    session, portal, address = session_of(context), current_portal, remote_address_of(context)
    SIGN_UP_LIMIT.enter(session, mailbox_key(email), address, now=portal.clock())
    if message := find_taken(session, name, email).get("name"):
        raise ConflictError({"name": message})
    portal.afterwards.do(partial(_mail_sign_up_link, name, full_name, email, address))


@sensitive("token", "password")
def sign_up_perform(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make the account that was asked for; `user_created` is sent once it is committed.

    Fields: `token`, the end of the mailed link, and `password`. A password that is refused leaves the link good.

    Raises:
        SignUpLinkError: the link is good no more.
        TooBusyError: too many passwords are being hashed; the link stays good.
    """
    fields = Fields(data_dict)
    token, password = fields.text("token"), fields.secret("password") or ""
    fields.check()
    name, full_name, email = current_portal.sign_up_links.read(token)
    refuse_taken(context, name, email)
    if error := validation.password_error(password, name):
        raise ValidationError({"password": error})
    password_hash = passwords().hash(password)
    try:
        user = add_account(context, name=name, full_name=full_name, email=email, password_hash=password_hash)
    except ConflictError:
        # Of two uses of a link at once, the second comes here.
        refuse_taken(context, name, email)
        raise
    return as_dict(user)


def refuse_taken(context: Context, name: str, email: str) -> None:
    """Return if the account of a sign-up link can still be made.

    Raises:
        SignUpLinkError: its address has an account by now, or its name is taken.
    """
    taken = find_taken(session_of(context), name, email)
    if "email" in taken:
        raise SignUpLinkError("the sign-up link was used: its address has an account")
    if taken:
        raise SignUpLinkError(f"the user name {name} was taken meanwhile; sign up with another")


def _mail_sign_up_link(name: str, full_name: str, email: str, address: str) -> None:
    portal = current_portal
    site_name = portal.settings.site_name
    with portal.database.session() as session:
        owner = find_user(session, email)
    if owner is not None:
        mail = address_in_use_mail(owner, f"{portal.settings.public_url}/forgot-password", site_name)
    else:
        mail = sign_up_mail(name, email, portal.sign_up_links.make(name, full_name, email), site_name)
    send_limited(mail, address)
