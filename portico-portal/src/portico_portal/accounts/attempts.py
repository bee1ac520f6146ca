"""Limits how often something is tried: per subject, per address, and per pair of both."""

import hashlib
import ipaddress
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from portico_portal.database import begin_writing
from portico_portal.errors import TooManyAttemptsError
from portico_portal.models import Attempt

IPV6_NETWORK_BITS = 64
# Of the machines that one portal runs on. An attempt further ahead than this would lock for longer than its window.
CLOCKS_DIFFER = timedelta(minutes=1)
# Any number, as long as it is the same in each process that counts.
COUNTING_LOCK = 0x706F72


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

    def enter(self, session: Session, subject: str, address: str, *, now: datetime) -> int:
        """Count one attempt, before its outcome is known; return its number, to `withdraw` it with.

        Attempts at the same moment are counted one after the other, whatever process they come to: exactly as many
        as are allowed go through. What is counted is stored at once, in a transaction of its own; that of `session`
        stays as it is. On SQLite `session` must not have written yet: there one writer waits for the other.

        Raises:
            TooManyAttemptsError: a limit was reached; the refused attempt itself is not counted.
        """
        mine = Attempt(purpose=self.purpose, subject_digest=_digest(subject), address=_network(address), at=now)
        with self._alone(session) as own:
            # What is older counts no more, and what is later was written by a clock that was wrong. Removing both here
            # keeps the table as small as the traffic of one window.
            self._delete(own, or_(Attempt.at <= now - self.window, Attempt.at > now + CLOCKS_DIFFER))
            since = self._limit_reached_since(own, mine)
            if since is None:
                own.add(mine)
            own.commit()
        if since is not None:
            wait = since + self.window - now
            raise TooManyAttemptsError(max(1, math.ceil(wait.total_seconds())))
        return mine.id

    def withdraw(self, session: Session, number: int) -> None:
        """Forget one attempt, by its number: it was not looked at."""
        self._forget(session, Attempt.id == number)

    def forgive(self, session: Session, subject: str, address: str) -> None:
        """Forget the attempts of this pair, at once as `enter` counts them: the last one succeeded."""
        self._forget(session, and_(Attempt.subject_digest == _digest(subject), Attempt.address == _network(address)))

    def _forget(self, session: Session, condition: ColumnElement[bool]) -> None:
        with self._alone(session) as own:
            self._delete(own, condition)
            own.commit()

    @contextmanager
    def _alone(self, session: Session) -> Iterator[Session]:
        """A session of the same database, in a transaction that no other one counts this purpose beside."""
        with Session(session.get_bind().engine, expire_on_commit=False) as own:
            begin_writing(own)
            if own.get_bind().dialect.name != "sqlite":
                own.execute(select(func.pg_advisory_xact_lock(COUNTING_LOCK, zlib.crc32(self.purpose.encode()) >> 1)))
            yield own

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
        counted = select(Attempt.at).where(Attempt.purpose == self.purpose)
        for condition, allowed in limits:
            latest = counted.where(condition).order_by(Attempt.at.desc()).limit(allowed)
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
