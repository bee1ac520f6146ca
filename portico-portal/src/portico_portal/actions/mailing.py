"""Sends the mails that strangers can cause, and limits how many of them reach one mailbox."""

import logging
from datetime import timedelta

from portico_portal.accounts import AttemptLimit, mailbox_key
from portico_portal.context import current_portal
from portico_portal.errors import MailError, TooManyAttemptsError
from portico_portal.mail import Mail

# Nobody is told of it: what is counted here is known to whoever reads the mailbox only.
MAIL_LIMIT = AttemptLimit("mail", per_pair=6, per_subject=10, per_address=40, window=timedelta(hours=1))

log = logging.getLogger(__name__)


def send_limited(mail: Mail, address: str) -> bool:
    """Send `mail`, unless its mailbox, or whoever asks from `address`, had enough; return whether it was accepted.

    What went wrong is logged, without the address of the mailbox.
    """
    portal = current_portal
    with portal.database.session() as session:
        try:
            MAIL_LIMIT.enter(session, mailbox_key(mail.to), address, now=portal.clock())
        except TooManyAttemptsError:
            log.warning("a mail asked for from %s was not sent: too many of its kind were", address or "nowhere")
            return False
    try:
        portal.mailer.send(mail)
    except MailError as error:
        log.warning("a mail asked for from %s was not accepted: %s", address or "nowhere", error)
        return False
    return True
