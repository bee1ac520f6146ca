"""Defines the actions with which people make their own accounts: mail a link, and make the account with it."""

from datetime import timedelta
from functools import partial

from portico.errors import ConflictError, ValidationError
from portico.signals import Sensitive
from portico.toolkit import Context, returns, takes
from portico_portal.accounts import AttemptLimit, find_taken, find_user, mailbox_key, validation
from portico_portal.actions.actors import remote_address_of, session_of
from portico_portal.actions.fields import FullName, Link, Password, PublicAddress, Taken, UserName
from portico_portal.actions.mailing import send_limited
from portico_portal.actions.users import Account, add_account
from portico_portal.context import current_portal, passwords
from portico_portal.errors import SignUpLinkError
from portico_portal.mails import address_in_use_mail, sign_up_mail

SIGN_UP_LIMIT = AttemptLimit("sign-up", per_pair=3, per_subject=6, per_address=20, window=timedelta(hours=1))


class SignUpRequest(Taken):
    """The account that is asked for; its name is unique whatever its case."""

    name: UserName
    email: PublicAddress
    full_name: FullName = ""


class SignUpPerform(Taken):
    """The end of the mailed link, and the password of the account."""

    token: Sensitive[Link]
    password: Sensitive[Password]


@takes(SignUpRequest)
@returns(None)
def sign_up_request(context: Context, data: SignUpRequest) -> None:
    """Mail a link with which the account can be made; nothing is made before.

    Neither the answer nor its time tells whether the address has an account: its owner reads that in the mail.
    A user name that is taken is told, as people know one another by it.

    Raises:
        TooManyAttemptsError: too many accounts were asked for, for this address or from where the request came.
        ConflictError: the user name is taken.
    """
    session, portal, address = session_of(context), current_portal, remote_address_of(context)
    SIGN_UP_LIMIT.enter(session, mailbox_key(data.email), address, now=portal.clock())
    if message := find_taken(session, data.name, data.email).get("name"):
        raise ConflictError({"name": message})
    portal.afterwards.do(partial(_mail_sign_up_link, data.name, data.full_name, data.email, address))


@takes(SignUpPerform)
@returns(Account)
def sign_up_perform(context: Context, data: SignUpPerform) -> Account:
    """Make the account that was asked for; `user_created` is sent once it is committed.

    A password that is refused leaves the link good.

    Raises:
        SignUpLinkError: the link is good no more.
        TooBusyError: too many passwords are being hashed; the link stays good.
    """
    name, full_name, email = current_portal.sign_up_links.read(data.token)
    refuse_taken(context, name, email)
    if words := validation.own_name_error(data.password, name):
        raise ValidationError({"password": words})
    password_hash = passwords().hash(data.password)
    try:
        user = add_account(context, name=name, full_name=full_name, email=email, password_hash=password_hash)
    except ConflictError:
        # Of two uses of a link at once, the second comes here.
        refuse_taken(context, name, email)
        raise
    return Account.model_validate(user)


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
