from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portico_portal import Database
from portico_portal.accounts.attempts import AttemptLimit
from portico_portal.errors import TooManyAttemptsError
from portico_portal.models import Attempt
from tests.running import MovableClock
from tests.served import at_once

LIMIT = AttemptLimit("test", per_pair=2, per_subject=4, per_address=3, window=timedelta(minutes=10))


class Door:
    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock

    def knock(self, subject: str, address: str) -> int:
        """How many seconds one has to wait; 0 is none."""
        with self.database.session() as session:
            try:
                LIMIT.enter(session, subject, address, now=self.clock())
            except TooManyAttemptsError as error:
                return error.retry_after_seconds
        return 0

    def count(self) -> int:
        with self.database.session() as session:
            return session.scalar(select(func.count()).select_from(Attempt)) or 0


@pytest.fixture
def door(database: Database, clock: MovableClock) -> Door:
    return Door(database, clock)


def test_a_pair_of_subject_and_address_has_its_own_limit(door: Door) -> None:
    waits = [door.knock("nora", "1.1.1.1") for _ in range(3)]

    assert waits == [0, 0, 600]
    assert door.knock("nora", "2.2.2.2") == 0
    assert door.knock("amara", "1.1.1.1") == 0


def test_a_subject_is_limited_over_all_addresses(door: Door) -> None:
    waits = [door.knock("nora", f"1.1.1.{number}") for number in range(5)]

    assert waits == [0, 0, 0, 0, 600]


def test_an_address_is_limited_over_all_subjects(door: Door) -> None:
    waits = [door.knock(f"user{number}", "1.1.1.1") for number in range(4)]

    assert waits == [0, 0, 0, 600]


def test_the_wait_ends_when_the_oldest_counted_attempt_leaves_the_window(door: Door, clock: MovableClock) -> None:
    door.knock("nora", "1.1.1.1")
    clock.move(minutes=4)
    door.knock("nora", "1.1.1.1")

    assert door.knock("nora", "1.1.1.1") == 360
    clock.move(seconds=361)
    assert door.knock("nora", "1.1.1.1") == 0


def test_a_success_forgets_the_pair_and_nobody_else(door: Door, database: Database) -> None:
    door.knock("nora", "1.1.1.1")
    door.knock("nora", "2.2.2.2")

    with database.session() as session:
        LIMIT.forgive(session, "NORA ", "1.1.1.1")

    assert door.count() == 1


@pytest.mark.parametrize("step", ["enter", "refuse", "forgive"])
def test_what_its_caller_has_not_committed_stays_uncommitted(
    door: Door, database: Database, clock: MovableClock, step: str
) -> None:
    if step == "refuse":
        for _ in range(2):
            door.knock("nora", "1.1.1.1")

    with database.session() as session:
        session.add(Attempt(purpose="of the caller", subject_digest="", address="", at=clock()))
        if step == "forgive":
            LIMIT.forgive(session, "nora", "1.1.1.1")
        else:
            with nullcontext() if step == "enter" else pytest.raises(TooManyAttemptsError):
                LIMIT.enter(session, "nora", "1.1.1.1", now=clock())
        session.rollback()

    with database.session() as session:
        purposes = set(session.scalars(select(Attempt.purpose)))
    assert purposes == (set() if step == "forgive" else {"test"})


def test_the_table_does_not_grow_with_refused_or_old_attempts(door: Door, clock: MovableClock) -> None:
    for _ in range(20):
        door.knock("nora", "1.1.1.1")
    assert door.count() == 2

    clock.move(minutes=11)
    door.knock("amara", "1.1.1.1")
    assert door.count() == 1


def test_attempts_of_a_clock_that_was_wrong_lock_nobody(door: Door, clock: MovableClock) -> None:
    clock.move(days=400)
    for _ in range(2):
        door.knock("nora", "1.1.1.1")
    clock.move(days=-400)

    assert [door.knock("nora", "1.1.1.1") for _ in range(3)] == [0, 0, 600]


def test_attempts_of_a_machine_whose_clock_is_a_little_ahead_count(door: Door, clock: MovableClock) -> None:
    clock.move(seconds=5)
    door.knock("nora", "1.1.1.1")
    door.knock("nora", "1.1.1.1")
    clock.move(seconds=-5)

    assert door.knock("nora", "1.1.1.1") == 605


def test_an_attempt_that_is_withdrawn_does_not_count(door: Door, database: Database, clock: MovableClock) -> None:
    door.knock("nora", "1.1.1.1")
    with database.session() as session:
        number = LIMIT.enter(session, "nora", "1.1.1.1", now=clock())
        LIMIT.withdraw(session, number)

    assert door.count() == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_exactly_as_many_as_are_allowed_go_through_at_once(
    request: pytest.FixtureRequest, clock: MovableClock, kind: str
) -> None:
    door = Door(request.getfixturevalue("database" if kind == "sqlite" else "postgresql_database"), clock)

    waits = at_once(*[lambda: door.knock("nora", "1.1.1.1")] * 8)

    assert sorted(waits) == [0, 0, *[600] * 6]
    assert door.count() == 2


def test_what_was_typed_is_not_stored(door: Door, database: Database) -> None:
    door.knock("my secret password", "1.1.1.1")

    with database.session() as session:
        (attempt,) = session.scalars(select(Attempt))
    assert "secret" not in repr(vars(attempt))


def test_one_ipv6_household_is_one_address(door: Door) -> None:
    waits = [door.knock(f"user{number}", f"2001:db8::{number}") for number in range(4)]

    assert waits == [0, 0, 0, 600]
    assert door.knock("user", "2001:db8:0:1::1") == 0
