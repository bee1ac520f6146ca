"""Tests sends after the commit of a Django transaction, on each of the project's databases."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections, transaction
from django.test import TestCase

from portico.adapters.django import call_after_commit, send_after_commit, transaction_of
from portico.builtin import action_succeeded
from portico.errors import TransactionError
from portico.transactions import AT_ONCE, Transaction, current_event
from tests.adapters.django_project.fixtures import added
from tests.adapters.django_project.models import Book

if TYPE_CHECKING:
    from portico.actions import ActionRegistry


def put(alias: str | None, number: int) -> None:
    send_after_commit(alias, added, "novels", number=number)


def elsewhere(alias: str) -> int:
    """Return how many books another connection sees."""
    seen: list[int] = []

    def count() -> None:
        seen.append(Book.objects.using(alias).count())
        connections[alias].close()

    thread = threading.Thread(target=count)
    thread.start()
    thread.join()
    return seen[0]


def test_a_send_goes_out_when_the_row_can_be_read_by_others(alias: str) -> None:
    seen: list[int] = []

    with added.connected_to(lambda shelf, **_: seen.append(elsewhere(alias))), transaction.atomic(using=alias):
        Book.objects.using(alias).create(title="Emma")
        put(alias, 1)
        assert seen == []

    assert seen == [1]


def test_sends_go_out_in_the_order_of_recording(alias: str, heard: list[Any]) -> None:
    with transaction.atomic(using=alias):
        for number in range(5):
            put(alias, number)

    assert [number for _, number in heard] == [0, 1, 2, 3, 4]


def test_a_rollback_drops_them(alias: str, heard: list[Any]) -> None:
    with suppress(LookupError), transaction.atomic(using=alias):
        put(alias, 1)
        raise LookupError

    assert heard == []


def test_a_block_that_is_set_to_roll_back_drops_them(alias: str, heard: list[Any]) -> None:
    with transaction.atomic(using=alias):
        put(alias, 1)
        transaction.set_rollback(True, using=alias)

    assert heard == []


def test_a_savepoint_that_rolls_back_drops_what_was_recorded_in_it_and_below(alias: str, heard: list[Any]) -> None:
    with transaction.atomic(using=alias):
        put(alias, 1)
        with suppress(LookupError), transaction.atomic(using=alias):
            put(alias, 2)
            with transaction.atomic(using=alias):
                put(alias, 3)
            raise LookupError
        with transaction.atomic(using=alias):
            put(alias, 4)

    assert [number for _, number in heard] == [1, 4]


def test_a_savepoint_of_ones_own_counts_too(alias: str, heard: list[Any]) -> None:
    with transaction.atomic(using=alias):
        connection = connections[alias]
        put(alias, 1)
        savepoint = connection.savepoint()
        connection.savepoint_ids.append(savepoint)
        put(alias, 2)
        connection.savepoint_ids.pop()
        connection.savepoint_rollback(savepoint)

    assert [number for _, number in heard] == [1]


def test_outside_of_a_transaction_it_is_sent_at_once(alias: str, heard: list[Any]) -> None:
    put(alias, 1)

    assert heard == [("novels", 1)]


def test_no_alias_means_the_default_database(heard: list[Any]) -> None:
    with transaction.atomic():
        put(None, 1)
        assert heard == []

    assert heard == [("novels", 1)]


def test_each_database_is_waited_for_by_itself(heard: list[Any]) -> None:
    with suppress(LookupError), transaction.atomic(using="other"):
        with transaction.atomic(using="default"):
            put("default", 1)
            put("other", 2)
        assert [number for _, number in heard] == [1]
        raise LookupError

    assert [number for _, number in heard] == [1]


def test_what_a_receiver_records_is_sent_after_what_it_receives_with_that_as_its_cause(heard: list[Any]) -> None:
    events: list[Any] = []

    def first(shelf: str, *, number: int) -> None:
        events.append(current_event())
        if number < 10:
            put(None, number + 10)

    def second(shelf: str, *, number: int) -> None:
        heard.append(number)

    with added.connected_to(first, "novels"), added.connected_to(second):
        heard.clear()
        with transaction.atomic():
            put(None, 1)

    assert [each for each in heard if isinstance(each, int)] == [1, 11]
    assert events[1].cause == events[0].id


def test_what_a_receiver_records_in_a_transaction_of_its_own_waits_for_that(alias: str, heard: list[Any]) -> None:
    def store(shelf: str, *, number: int) -> None:
        if number == 1:
            with transaction.atomic(using=alias):
                Book.objects.using(alias).create(title="Emma")
                put(alias, 2)
                heard.append("recorded")

    with added.connected_to(store), transaction.atomic(using=alias):
        put(alias, 1)

    assert heard == [("novels", 1), "recorded", ("novels", 2)]
    assert Book.objects.using(alias).count() == 1


def test_a_receiver_that_fails_undoes_nothing_and_stops_nobody(
    alias: str, heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(shelf: str, **_: Any) -> None:
        raise LookupError("not there")

    with added.connected_to(fail), transaction.atomic(using=alias):
        Book.objects.using(alias).create(title="Emma")
        put(alias, 1)
        put(alias, 2)

    assert [number for _, number in heard] == [1, 2]
    assert Book.objects.using(alias).count() == 1
    assert "LookupError: not there" in caplog.text


def test_an_interruption_passes_with_the_row_stored(alias: str) -> None:
    reached: list[str] = []

    def interrupt(shelf: str, **_: Any) -> None:
        reached.append(shelf)
        raise KeyboardInterrupt

    with (
        added.connected_to(interrupt),
        suppress(KeyboardInterrupt),
        transaction.atomic(using=alias),
    ):
        Book.objects.using(alias).create(title="Emma")
        put(alias, 1)
        put(alias, 2)
        reached.append("stored")
    reached.append("went on")

    assert reached == ["stored", "novels", "went on"]
    assert Book.objects.using(alias).count() == 1


def test_coroutine_receivers_are_run_to_their_end(alias: str) -> None:
    heard: list[int] = []

    async def receive(shelf: str, *, number: int) -> None:
        heard.append(number)

    with added.connected_to(receive), transaction.atomic(using=alias):
        put(alias, 1)

    assert heard == [1]


def test_any_call_can_be_made_after_the_commit_and_its_failure_is_logged(
    alias: str, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []

    with transaction.atomic(using=alias):
        call_after_commit(alias, lambda: 1 / 0, label="the impossible")
        call_after_commit(alias, lambda: done.append(1), label="the rest")
        assert done == []

    assert done == [1]
    assert "sending the impossible after the commit failed" in caplog.text


def test_where_django_does_not_know_of_commits_nothing_can_be_recorded() -> None:
    transaction.set_autocommit(False)
    try:
        with pytest.raises(TransactionError, match="autocommit is off and no atomic"):
            put(None, 1)
    finally:
        transaction.set_autocommit(True)


def test_inside_a_block_that_is_all_right(heard: list[Any]) -> None:
    transaction.set_autocommit(False)
    try:
        with transaction.atomic():
            put(None, 1)
        assert heard == []
        transaction.commit()
    finally:
        transaction.set_autocommit(True)

    assert heard == [("novels", 1)]


def test_a_database_that_is_not_there_and_something_else_are_refused() -> None:
    with pytest.raises(TransactionError, match="the database 'nowhere', which DATABASES does not have; it has default"):
        put("nowhere", 1)
    with pytest.raises(TypeError, match="cannot record in int: pass the alias of a database"):
        put(3, 1)  # type: ignore[arg-type]


def test_a_wrong_payload_is_refused_when_it_is_recorded() -> None:
    with pytest.raises(TypeError, match="unexpected nmber"), transaction.atomic():
        send_after_commit(None, added, "novels", nmber=1)


def test_a_transaction_of_something_else_is_taken(heard: list[Any]) -> None:
    with transaction.atomic():
        send_after_commit(AT_ONCE, added, "novels", number=1)
        assert heard == [("novels", 1)]


def test_it_says_what_it_knows_of_the_transaction(alias: str) -> None:
    kept = transaction_of(alias)

    assert isinstance(kept, Transaction)
    assert (kept.is_open, kept.has_writes) == (False, False)
    with transaction.atomic(using=alias):
        assert (kept.is_open, kept.has_writes) == (True, True)
    assert not kept.is_open


def test_an_action_in_a_transaction_is_told_of_when_that_is_committed(host: Any) -> None:
    actions: ActionRegistry = host.actions
    actions.register({"add_book": lambda context, data_dict: Book.objects.create(**data_dict).pk}, {})
    told: list[Any] = []

    with action_succeeded.connected_to(lambda name, **payload: told.append(name)), transaction.atomic():
        actions.call("add_book", {"session": transaction_of(), "ignore_auth": True}, {"title": "Emma"})
        assert told == []

    assert told == ["add_book"]


class InATestCase(TestCase):  # type: ignore[misc]  # Django has no types.
    """Django's own way of testing what waits for a commit."""

    databases = "__all__"

    def test_what_was_recorded_is_captured_and_can_be_executed(self) -> None:
        heard: list[int] = []

        with (
            added.connected_to(lambda shelf, number: heard.append(number)),
            self.captureOnCommitCallbacks(execute=True) as callbacks,
        ):
            put("default", 1)
            put("default", 2)
            assert heard == []

        assert len(callbacks) == 2
        assert heard == [1, 2]
