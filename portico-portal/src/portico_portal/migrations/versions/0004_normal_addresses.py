"""Brings e-mail addresses to their normal form: one mailbox, one account."""

import logging
from collections import defaultdict

import sqlalchemy as sa
from alembic import op
from email_validator import EmailNotValidError

from portico_portal.accounts import normal_address

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

USERS = sa.table("users", sa.column("id"), sa.column("name"), sa.column("email"), sa.column("email_key"))


def upgrade() -> None:
    """Store every address in its normal form.

    Where several accounts turn out to have one mailbox, that one gets it whose address was normal before, else the
    oldest. The others keep their address as it was written, where mail still reaches them, and sign in by name; the
    log names them. Nobody loses an account.
    """
    connection = op.get_bind()
    by_mailbox = defaultdict(list)
    for user in connection.execute(sa.select(USERS).order_by(USERS.c.id)):
        by_mailbox[_normal(user.email).casefold()].append(user)
    for key, users in by_mailbox.items():
        owner, *others = sorted(users, key=lambda user: (user.email_key != key, user.id))
        if others:
            names = ", ".join(user.name for user in others)
            log.warning("the mailbox of %s is also that of %s; they have to sign in by user name", owner.name, names)
        values = {"email": _normal(owner.email), "email_key": key}
        connection.execute(sa.update(USERS).where(USERS.c.id == owner.id).values(values))


def downgrade() -> None:
    """Leave the addresses as they are: an earlier version reads them, too."""


def _normal(email: str) -> str:
    try:
        return normal_address(email)
    except EmailNotValidError:
        return email
