"""Defines the actions around a forgotten password: mail a link, and set the new password with it."""

from datetime import timedelta
from functools import partial
from typing import Any

from portico.builtin import perform_password_reset, request_password_reset
from portico.errors import ValidationError
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, DataDict, sensitive
from portico_portal.accounts import AttemptLimit, find_resetting_user, find_user, mailbox_key, validation
from portico_portal.actions.actors import remote_address_of, session_of, store
from portico_portal.actions.fields import Fields
from portico_portal.actions.mailing import send_limited
from portico_portal.context import current_portal, passwords
from portico_portal.mails import reset_mail

RESET_LIMIT = AttemptLimit("reset", per_pair=3, per_subject=6, per_address=20, window=timedelta(minutes=15))


def password_reset_request(context: Context, data_dict: DataDict) -> None:
    """Mail a reset link; `request_password_reset` is sent when the mail server accepted the mail.

    Field: `name`, a user name or an e-mail address.

    Neither the answer nor its time must tell whether there is such an account. So the name is not even looked up
    before the request is answered, and what goes wrong afterwards is logged for the operator.

    Raises:
        TooManyAttemptsError: too many links were asked for, with this name or from this address.
    """
    fields = Fields(data_dict)
    name = fields.text("name")
    fields.check()
    portal, address = current_portal, remote_address_of(context)
    RESET_LIMIT.enter(session_of(context), mailbox_key(name), address, now=portal.clock())
    portal.afterwards.do(partial(_mail_reset_link, name, address))


def _mail_reset_link(name: str, address: str) -> None:
    portal = current_portal
    with portal.database.session() as session:
        user = find_user(session, name)
    if user is None or not user.is_active:
        return
    mail = reset_mail(user, portal.reset_links.make(user), portal.settings.site_name)
    if send_limited(mail, address):
        request_password_reset.send(user.name, user=user)


@sensitive("token", "password")
def password_reset_perform(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Set a new password, which ends every session and API token; `perform_password_reset` is sent after the commit.

    Fields: `token`, the end of the mailed link, and `password`. A password that is refused leaves the link good.

    Raises:
        ResetLinkError: the link is good no more.
        TooBusyError: too many passwords are being hashed; the link stays good.
    """
    fields = Fields(data_dict)
    token, password = fields.text("token"), fields.secret("password") or ""
    fields.check()
    session, links = session_of(context), current_portal.reset_links
    name = find_resetting_user(session, links, token).name
    if error := validation.password_error(password, name):
        raise ValidationError({"password": error})
    password_hash = passwords().hash(password)
    # From here on one at a time: of two uses of a link at once, the second waits and finds it used.
    user = find_resetting_user(session, links, token, lock=True)
    user.password_hash = password_hash
    user.password_version += 1
    send_after_commit(session, perform_password_reset, user.name, user=user)
    store(context)
    return {"name": user.name}
