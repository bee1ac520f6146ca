import pytest

from portico_portal.accounts import Passwords
from portico_portal.errors import TooBusyError
from tests.served import at_once


def test_a_password_fits_its_hash_and_no_other(passwords: Passwords) -> None:
    stored = passwords.hash("a few words in a row")

    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "a few words in a row")
    assert not passwords.verify(stored, "a few words in a rov")
    assert not passwords.verify(None, "a few words in a row")
    assert not passwords.verify("no hash at all", "a few words in a row")


def test_whoever_finds_all_turns_taken_is_told_when_to_come_back(passwords: Passwords) -> None:
    with passwords._turn(), pytest.raises(TooBusyError) as refused:
        passwords.verify(None, "a few words in a row")

    assert refused.value.retry_after_seconds == 1


def test_a_turn_that_failed_is_free_again(passwords: Passwords) -> None:
    for _ in range(3):
        passwords.verify("no hash at all", "a few words in a row")


def test_those_who_wait_get_their_turn() -> None:
    patient = Passwords(at_once=1, wait_seconds=60)

    assert at_once(*[lambda: patient.verify(None, "a few words in a row")] * 3) == [False] * 3


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(at_once=1, wait_seconds=0)
