"""The actions around a forgotten password: ask for a link by mail, and set the new password with it."""

import logging
from datetime import timedelta
from typing import Any

from portico.builtin import perform_password_reset, request_password_reset
from portico.errors import ValidationError
from portico.portal.accounts import AttemptLimit, find_resetting_user, find_user, validation
from portico.portal.accounts.passwords import hash_password
from portico.portal.actions.acting import remote_address_of, session_of, store
from portico.portal.actions.fields import Fields
from portico.portal.context import current_portal
from portico.portal.database import begin_writing
from portico.portal.errors import RecipientRefusedError
from portico.portal.mails import reset_mail
from portico.sources.sqlalchemy import send_after_commit
from portico.toolkit import Context, DataDict, sensitive

RESET_LIMIT = AttemptLimit("reset", per_pair=3, per_subject=6, per_address=20, window=timedelta(minutes=15))

log = logging.getLogger(__name__)


def password_reset_request(context: Context, data_dict: DataDict) -> None:
    """Mail a reset link; `request_password_reset` is sent when the mail server accepted the mail.

    Field: `name`, a user name or an e-mail address.

    The outcome must not tell whether there is such an account. So the mail server is asked in either case,
    and an outage is an outage for everybody; a name nobody has ends there, without an error. A server that
    refuses just this one address is logged for the operator and not told, as it would give the account away.

    Raises:
        TooManyAttemptsError: too many links were asked for, for this name or from this address.
        MailError: the mail server is away or refuses our mails; there may or may not be an account.
    """
    fields = Fields(data_dict)
    name = fields.text("name")
    fields.check()
    session, portal = session_of(context), current_portal
    RESET_LIMIT.enter(session, name, remote_address_of(context), now=portal.clock())
    user = find_user(session, name)
    session.commit()  # nothing is open while a mail server takes its time and receivers write
    with portal.mailer.connect() as connection:
        if user is None or not user.is_active:
            return
        try:
            connection.send(reset_mail(user, portal.reset_links.make(user), portal.mailer.site_name))
        except RecipientRefusedError as error:
            log.warning("the reset mail of user %s was not accepted: %s", user.id, error)
            return
    request_password_reset.send(user.name, user=user)


@sensitive("token", "password")
def password_reset_perform(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Set a new password, which ends every session and API token; `perform_password_reset` is sent after the commit.

    Fields: `token`, the end of the mailed link, and `password`. A password that is refused leaves the link good.

    Raises:
        ResetLinkError: the link is good no more.
    """
    fields = Fields(data_dict)
    token, password = fields.text("token"), fields.secret("password") or ""
    fields.check()
    session, links = session_of(context), current_portal.reset_links
    name = find_resetting_user(session, links, token).name
    if error := validation.password_error(password, name):
        raise ValidationError({"password": error})
    password_hash = hash_password(password)
    # From here on one at a time: of two uses of a link at once, the second waits and finds it used.
    begin_writing(session)
    user = find_resetting_user(session, links, token, lock=True)
    user.password_hash = password_hash
    user.password_version += 1
    send_after_commit(session, perform_password_reset, user.name, user=user)
    store(context)
    return {"name": user.name}
