import pytest

from portico.builtin import failed_login
from portico_portal import Database
from portico_portal.accounts import Passwords, authenticate
from portico_portal.errors import TooBusyError, TooManyAttemptsError
from portico_portal.models import User
from tests.running import PASSWORD, MovableClock, add_user, heard

PASSWORDS = Passwords()


@pytest.fixture
def nora(database: Database) -> User:
    return add_user(database, "nora")


def attempt(database: Database, clock: MovableClock, name: str, password: str) -> User | None:
    with database.session() as session:
        return authenticate(session, name, password, passwords=PASSWORDS, address="127.0.0.1", now=clock())


@pytest.mark.parametrize("name", ["nora", "NORA", "nora@example.org"])
def test_name_and_password_open_the_account(database: Database, clock: MovableClock, nora: User, name: str) -> None:
    with heard(failed_login) as sends:
        user = attempt(database, clock, name, PASSWORD)

    assert user is not None
    assert user.id == nora.id
    assert sends == []


def test_each_way_to_fail_sends_failed_login_once_with_the_name_as_typed(
    database: Database, clock: MovableClock, nora: User
) -> None:
    closed = add_user(database, "closed")
    with database.session() as session:
        session.get_one(User, closed.id).is_active = False
        session.commit()

    with heard(failed_login) as sends:
        assert attempt(database, clock, "Nobody Here", PASSWORD) is None
        assert attempt(database, clock, "closed", PASSWORD) is None
        assert attempt(database, clock, "NORA", "wrong password") is None

    assert sends == [("failed_login", name, {}) for name in ("Nobody Here", "closed", "NORA")]


def test_a_receiver_of_failed_login_can_write_to_the_same_database(
    database: Database, clock: MovableClock, nora: User
) -> None:
    def write(_sender: str, /) -> None:
        with database.session() as session:
            session.get_one(User, nora.id).full_name = "seen"
            session.commit()

    with failed_login.connected_to(write):
        attempt(database, clock, "nora", "wrong password")

    with database.session() as session:
        assert session.get_one(User, nora.id).full_name == "seen"


def test_a_limited_attempt_is_not_looked_at_and_not_sent(database: Database, clock: MovableClock, nora: User) -> None:
    with heard(failed_login) as sends:
        for _ in range(5):
            attempt(database, clock, nora.name, "wrong password")
        with pytest.raises(TooManyAttemptsError):
            attempt(database, clock, nora.name, PASSWORD)

    assert len(sends) == 5
    clock.move(minutes=16)
    assert attempt(database, clock, nora.name, PASSWORD) is not None


def test_name_and_address_of_one_account_share_its_counter(database: Database, clock: MovableClock, nora: User) -> None:
    for spelling in ("nora", "NORA", "nora@example.org", "Nora@EXAMPLE.org", "\uff4eora@example.org"):
        assert attempt(database, clock, spelling, "wrong password") is None

    for spelling in ("nora", "nora@example.org"):
        with pytest.raises(TooManyAttemptsError):
            attempt(database, clock, spelling, PASSWORD)


def test_an_attempt_that_is_not_looked_at_does_not_count(database: Database, clock: MovableClock, nora: User) -> None:
    busy = Passwords(at_once=1, wait_seconds=0)

    with busy._turn(), heard(failed_login) as sends:
        for _ in range(6):
            with database.session() as session, pytest.raises(TooBusyError):
                authenticate(session, "nora", "wrong", passwords=busy, address="127.0.0.1", now=clock())

    assert sends == []
    assert attempt(database, clock, "nora", PASSWORD) is not None


def test_a_success_starts_counting_anew(database: Database, clock: MovableClock, nora: User) -> None:
    for _ in range(3):
        for _ in range(4):
            attempt(database, clock, nora.name, "wrong password")
        assert attempt(database, clock, nora.name, PASSWORD) is not None


def test_an_account_without_a_password_opens_to_nobody(database: Database, clock: MovableClock) -> None:
    add_user(database, "new", password=None)

    assert attempt(database, clock, "new", "") is None
