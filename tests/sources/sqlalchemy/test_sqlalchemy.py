from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from portico.sources.sqlalchemy import AT_ONCE, call_after_commit, send_after_commit
from portico.transactions import Entry, Recording
from tests.sources.sqlalchemy.shop import order_placed


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "NoneType"),
        ("sqlite://", "str"),
        (create_engine("sqlite://"), "Engine"),
        (sessionmaker(), "sessionmaker"),
        (order_placed, "Signal"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_commit_is_refused_and_the_message_says_what_is_taken(given: Any, named: str) -> None:
    with pytest.raises(TypeError, match=f"cannot record in {named}: pass a Session, .* AT_ONCE, to do without"):
        send_after_commit(given, order_placed, "eu", number=1)


def test_without_a_transaction_it_is_sent_at_once_where_that_is_asked_for() -> None:
    numbers: list[int] = []

    with order_placed.connected_to(lambda region, *, number: numbers.append(number)):
        send_after_commit(AT_ONCE, order_placed, "eu", number=1)
        call_after_commit(AT_ONCE, lambda: numbers.append(2), label="a call")

    assert numbers == [1, 2]


def test_any_other_transaction_that_implements_the_port_is_taken() -> None:
    class Listing(Recording):
        is_open = True
        has_writes = True
        commits = 0

        def _add(self, entry: Entry) -> None:
            labels.append(entry.label)

    labels: list[str] = []

    send_after_commit(Listing(), order_placed, "eu", number=1)

    assert labels == ["shop-of-transactions:order_placed"]
