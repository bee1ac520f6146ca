"""Defines the actions around a forgotten password: mail a link, and set the new password with it."""

from datetime import timedelta
from functools import partial

from portico.builtin import perform_password_reset, request_password_reset
from portico.errors import ValidationError
from portico.signals import Sensitive
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, returns, takes
from portico_portal.accounts import AttemptLimit, find_resetting_user, find_user, mailbox_key, validation
from portico_portal.actions.actors import remote_address_of, session_of, store
from portico_portal.actions.fields import Link, Name, Password, Shown, Taken
from portico_portal.actions.mailing import send_limited
from portico_portal.context import current_portal, passwords
from portico_portal.mails import reset_mail

RESET_LIMIT = AttemptLimit("reset", per_pair=3, per_subject=6, per_address=20, window=timedelta(minutes=15))


class PasswordResetRequest(Taken):
    """Who forgot their password: a user name or an e-mail address."""

    name: Name


class PasswordResetPerform(Taken):
    """The end of the mailed link, and the new password."""

    token: Sensitive[Link]
    password: Sensitive[Password]


class ResetAccount(Shown):
    """Whose password was set."""

    name: str


@takes(PasswordResetRequest)
@returns(None)
def password_reset_request(context: Context, data: PasswordResetRequest) -> None:
    """Mail a reset link; `request_password_reset` is sent when the mail server accepted the mail.

    Neither the answer nor its time must tell whether there is such an account. So the name is not even looked up
    before the request is answered, and what goes wrong afterwards is logged for the operator.

    Raises:
        TooManyAttemptsError: too many links were asked for, with this name or from this address.
    """
    portal, address = current_portal, remote_address_of(context)
    RESET_LIMIT.enter(session_of(context), mailbox_key(data.name), address, now=portal.clock())
    portal.afterwards.do(partial(_mail_reset_link, data.name, address))


def _mail_reset_link(name: str, address: str) -> None:
    portal = current_portal
    with portal.database.session() as session:
        user = find_user(session, name)
    if user is None or not user.is_active:
        return
    mail = reset_mail(user, portal.reset_links.make(user), portal.settings.site_name)
    if send_limited(mail, address):
        request_password_reset.send(user.name, user=user)


@takes(PasswordResetPerform)
@returns(ResetAccount)
def password_reset_perform(context: Context, data: PasswordResetPerform) -> ResetAccount:
    """Set a new password, which ends every session and API token; `perform_password_reset` is sent after the commit.

    A password that is refused leaves the link good.

    Raises:
        ResetLinkError: the link is good no more.
        TooBusyError: too many passwords are being hashed; the link stays good.
    """
    session, links = session_of(context), current_portal.reset_links
    name = find_resetting_user(session, links, data.token).name
    if words := validation.own_name_error(data.password, name):
        raise ValidationError({"password": words})
    password_hash = passwords().hash(data.password)
    # From here on one at a time: of two uses of a link at once, the second waits and finds it used.
    user = find_resetting_user(session, links, data.token, lock=True)
    user.password_hash = password_hash
    user.password_version += 1
    send_after_commit(session, perform_password_reset, user.name, user=user)
    store(context)
    return ResetAccount.model_validate(user)
