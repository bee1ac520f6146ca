"""A forgotten password: asks for a link by mail, and sets the new one. Knows no HTTP."""

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portico.builtin import perform_password_reset, request_password_reset
from portico.portal.accounts import validation
from portico.portal.accounts.attempts import AttemptLimit
from portico.portal.accounts.passwords import hash_password
from portico.portal.accounts.people import find_user
from portico.portal.accounts.reset_links import ResetLinks
from portico.portal.database import begin_writing
from portico.portal.errors import RecipientRefusedError, ResetLinkError, ValidationError
from portico.portal.mail import Mailer
from portico.portal.mails import reset_mail
from portico.portal.models import User
from portico.sources.sqlalchemy import send_after_commit

RESET_LIMIT = AttemptLimit("reset", per_pair=3, per_subject=6, per_address=20, window=timedelta(minutes=15))

log = logging.getLogger(__name__)


def request_reset(
    session: Session,
    mailer: Mailer,
    links: ResetLinks,
    name_or_email: str,
    *,
    address: str,
    now: datetime,
) -> None:
    """Mail a reset link, and send `request_password_reset` when the mail server accepted the mail.

    The outcome must not tell whether there is such an account. So the mail server is asked in either case,
    and an outage is an outage for everybody; a name nobody has ends there, without an error. A server that
    refuses just this one address is logged for the operator and not told, as it would give the account away.

    Raises:
        TooManyAttemptsError: too many links were asked for, for this name or from this address.
        MailError: the mail server is away or refuses our mails; there may or may not be an account.
    """
    RESET_LIMIT.enter(session, name_or_email, address, now=now)
    user = find_user(session, name_or_email)
    session.commit()  # nothing is open while a mail server takes its time and receivers write
    with mailer.connect() as connection:
        if user is None or not user.is_active:
            return
        try:
            connection.send(reset_mail(user, links.make(user), mailer.site_name))
        except RecipientRefusedError as error:
            log.warning("the reset mail of user %s was not accepted: %s", user.id, error)
            return
    request_password_reset.send(user.name, user=user)


def find_resetting_user(session: Session, links: ResetLinks, token: str) -> User:
    """The user who may set a new password with this link.

    Raises:
        ResetLinkError: it is expired, was used, was not made here, or the account was closed.
    """
    return _find(session, links, token, lock=False)


def perform_reset(session: Session, links: ResetLinks, token: str, password: str) -> User:
    """Set the new password, end every session of the user, and send `perform_password_reset`.

    Raises:
        ResetLinkError: the link is good no more.
        ValidationError: the password is too weak; the link stays good.
    """
    name = find_resetting_user(session, links, token).name
    if error := validation.password_error(password, name):
        raise ValidationError({"password": error})
    password_hash = hash_password(password)
    # From here on one at a time: of two uses of a link at once, the second waits and finds it used.
    begin_writing(session)
    user = _find(session, links, token, lock=True)
    user.password_hash = password_hash
    user.password_version += 1
    send_after_commit(session, perform_password_reset, user.name, user=user)
    session.commit()
    return user


def _find(session: Session, links: ResetLinks, token: str, *, lock: bool) -> User:
    user_id, password_version = links.read(token)
    user = session.get(User, user_id, with_for_update=lock)
    if user is None or not user.is_active:
        raise ResetLinkError("the account of the reset link is closed")
    if user.password_version != password_version:
        raise ResetLinkError("the reset link was used")
    return user
