"""Limits how often something is tried, per subject, per address and per pair. Does not know what is tried."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from portico.portal.errors import TooManyAttemptsError
from portico.portal.models import Attempt

IPV6_NETWORK_BITS = 64


@dataclass(frozen=True)
class AttemptLimit:
    """How many attempts fit into a window of time.

    The pair is what stops guessing one account. The subject alone has a wider limit, so that a stranger
    cannot lock somebody out with a handful of requests; the address alone stops guessing across accounts.
    """

    purpose: str
    per_pair: int
    per_subject: int
    per_address: int
    window: timedelta = timedelta(minutes=15)

    def enter(self, session: Session, subject: str, address: str, *, now: datetime) -> None:
        """Count one attempt, before its outcome is known: attempts side by side cannot all slip through.

        What is counted is stored at once, in a transaction of its own; that of `session` stays as it is. On SQLite
        `session` must not have written yet: there one writer waits for the other.

        Raises:
            TooManyAttemptsError: a limit was reached; the refused attempt itself is not counted.
        """
        started = now - self.window
        mine = Attempt(purpose=self.purpose, subject_digest=_digest(subject), address=_network(address), at=now)
        with _beside(session) as own:
            # What is older counts no more. Removing it here keeps the table as small as the traffic of one window.
            self._delete(own, Attempt.at <= started)
            own.add(mine)
            own.commit()
            if (since := self._limit_reached_since(own, mine)) is not None:
                self._delete(own, Attempt.id == mine.id)
                own.commit()
                wait = since + self.window - now
                raise TooManyAttemptsError(max(1, math.ceil(wait.total_seconds())))

    def forgive(self, session: Session, subject: str, address: str) -> None:
        """Forget the attempts of this pair, at once as `enter` counts them: the last one succeeded."""
        pair = and_(Attempt.subject_digest == _digest(subject), Attempt.address == _network(address))
        with _beside(session) as own:
            self._delete(own, pair)
            own.commit()

    def _delete(self, session: Session, condition: ColumnElement[bool]) -> None:
        statement = delete(Attempt).where(Attempt.purpose == self.purpose, condition)
        session.execute(statement, execution_options={"synchronize_session": False})

    def _limit_reached_since(self, session: Session, mine: Attempt) -> datetime | None:
        same_subject = Attempt.subject_digest == mine.subject_digest
        same_address = Attempt.address == mine.address
        limits: list[tuple[ColumnElement[bool], int]] = [
            (and_(same_subject, same_address), self.per_pair),
            (same_subject, self.per_subject),
            (same_address, self.per_address),
        ]
        others = select(Attempt.at).where(Attempt.purpose == self.purpose, Attempt.id != mine.id)
        for condition, allowed in limits:
            latest = others.where(condition).order_by(Attempt.at.desc()).limit(allowed)
            if len(times := session.scalars(latest).all()) == allowed:
                return times[-1]
        return None


def _beside(session: Session) -> Session:
    """Return a session of the same database with a transaction of its own."""
    return Session(session.get_bind().engine, expire_on_commit=False)


def _digest(subject: str) -> str:
    # People type passwords into the wrong field: what was typed is not kept.
    return hashlib.sha256(subject.strip().casefold().encode(errors="surrogatepass")).hexdigest()


def _network(address: str) -> str:
    # One household owns 2**64 IPv6 addresses.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:  # noqa: PLR2004 - IPv4
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), IPV6_NETWORK_BITS), strict=False))
