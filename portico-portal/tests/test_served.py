"""The portal behind several workers, and that it is several workers which the tests ask."""

import os
from pathlib import Path

import pytest

from tests.running import PASSWORD
from tests.served import Serve, ServedPortal, at_once


def workers_of(portal: ServedPortal) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{portal.pid}/task/{portal.pid}/children").read_text().split()}


def test_a_session_holds_in_every_worker(served: ServedPortal) -> None:
    served.add_user("nora")
    nora = served.person()

    assert nora.sign_in("nora", PASSWORD).status_code == 302

    # A new connection each: any worker may take it.
    assert all(at_once(*[nora.is_signed_in] * 12))
    assert not served.person().is_signed_in()


def test_people_come_from_addresses_of_their_own(served: ServedPortal) -> None:
    people = [served.person(address=f"127.0.0.{number}") for number in (5, 6)]
    for person in people:
        for _ in range(5):
            person.sign_in("nobody", "a wrong password")

    assert people[0].sign_in("nobody", "a wrong password").status_code == 429
    assert people[1].sign_in("somebody", "a wrong password").status_code == 200


def test_three_workers_answer_and_none_is_left_afterwards(serve: Serve) -> None:
    portal = serve()
    workers = workers_of(portal)

    portal.stop()

    assert len(workers) == 3
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    with pytest.raises(ProcessLookupError):
        os.killpg(portal.pid, 0)
