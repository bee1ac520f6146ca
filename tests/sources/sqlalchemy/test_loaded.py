from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, delete, inspect, update
from sqlalchemy.orm import Session, sessionmaker

from portico.errors import TransactionError
from portico.signals import ReceiverFailure, observe_failures
from portico.sources.sqlalchemy import call_after_commit, send_after_commit
from tests.sources.sqlalchemy.shop import Line, Order, first_order, shop


@shop.signal
def order_changed(region: str, /, *, order: Any) -> None:
    """Sent after an order was changed; or several, in any container."""


def read_after(session: Session, order: Any, read: Callable[[Any], object], change: Callable[[], object]) -> Any:
    """Return what a receiver reads after the block that commits the session, and what it fails with."""
    read_values: list[object] = []
    failures: list[ReceiverFailure] = []
    undo = observe_failures(failures.append)
    with order_changed.connected_to(lambda region, *, order: read_values.append(read(order))), session.begin():
        change()
        send_after_commit(session, order_changed, "eu", order=order() if callable(order) else order)
    undo()
    return read_values or [failure.error for failure in failures]


def test_a_receiver_reads_every_column_of_a_new_object_inside_the_block_that_commits_it(engine: Engine) -> None:
    order = Order(number=1, words="two cups")

    with Session(engine) as session:
        read = read_after(
            session,
            order,
            lambda order: (order.number, order.words, order.made, order.remarks),
            lambda: session.add(order),
        )

    assert read == [(1, "two cups", 7, "none")]


def test_a_block_that_closes_its_session_at_once_makes_no_difference(engine: Engine) -> None:
    read: list[tuple[str, int]] = []

    with (
        order_changed.connected_to(lambda region, *, order: read.append((order.words, order.made))),
        sessionmaker(engine).begin() as session,
    ):
        order = Order(number=1, words="two cups")
        session.add(order)
        send_after_commit(session, order_changed, "eu", order=order)

    assert read == [("two cups", 7)]


@pytest.mark.parametrize("container", [lambda order: [order], lambda order: {"a": (order,)}, lambda order: {order}])
def test_objects_are_found_in_the_containers_of_a_payload(engine: Engine, container: Callable[[Order], Any]) -> None:
    order = Order(number=1)

    with Session(engine) as session:
        read = read_after(session, container(order), lambda _: (order.made, order.remarks), lambda: session.add(order))

    assert read == [(7, "none")]


def test_what_was_loaded_at_the_commit_can_be_read_of_any_object_of_the_session(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number=1, lines=[Line(number=1, name="cup"), Line(number=2, name="pot")]))
        session.commit()

        def look(region: str, order: Order) -> None:
            read.append([line.name for line in order.lines])
            read.append({name: line.number for name, line in order.by_name.items()})
            read.append(order.lines[1].order is order)

        read: list[Any] = []
        with order_changed.connected_to(look), session.begin():
            order = first_order(session)
            send_after_commit(session, order_changed, "eu", order=order)
            loaded = [order.lines, order.by_name, order.lines[1].order]

    assert len(loaded) == 3
    assert read == [["cup", "pot"], {"cup": 1, "pot": 2}, True]


def test_a_relationship_that_was_not_loaded_is_an_error_that_says_what_to_do(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number=1))
        session.commit()

        (error,) = read_after(session, lambda: first_order(session), lambda order: list(order.lines), lambda: None)

    assert isinstance(error, TransactionError)
    assert "load it before the commit, or use a session of your own" in str(error)


def test_where_the_session_has_left_its_block_a_receiver_loads_what_it_likes(engine: Engine) -> None:
    read: list[int] = []

    with Session(engine) as session, order_changed.connected_to(lambda region, *, order: read.append(len(order.lines))):
        order = Order(number=1, lines=[Line()])
        session.add(order)
        send_after_commit(session, order_changed, "eu", order=order)
        session.commit()

    assert read == [1]


def test_afterwards_it_is_expired_as_a_commit_leaves_it_unless_a_receiver_modified_it(engine: Engine) -> None:
    def change(region: str, order: tuple[Order, Order]) -> None:
        order[0].words = "changed"

    with Session(engine) as session, order_changed.connected_to(change):
        session.add_all(orders := (Order(number=1, words="first"), Order(number=2, words="second")))
        send_after_commit(session, order_changed, "eu", order=orders)
        session.commit()

        assert [inspect(order).modified for order in orders] == [True, False]
        assert "words" not in inspect(orders[1]).dict
        session.commit()
        assert [order.words for order in orders] == ["changed", "second"]


def test_a_session_that_does_not_expire_keeps_what_it_holds(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        order = Order(number=1, words="kept")
        read = read_after(session, order, lambda order: order.words, lambda: session.add(order))

        assert inspect(order).dict["words"] == "kept"
    assert read == ["kept"]


def test_a_deleted_object_is_read_as_it_was(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number=1, words="to go"))
        session.commit()
        order = first_order(session)
        session.rollback()

        read = read_after(session, order, lambda order: (order.number, order.words), lambda: session.delete(order))

    assert read == [(1, "to go")]


def test_a_row_that_was_deleted_past_the_session_does_not_fail_the_commit(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(order := Order(number=1))
        session.flush()
        session.execute(delete(Order), execution_options={"synchronize_session": False})
        send_after_commit(session, order_changed, "eu", order=order)
        session.commit()

        assert session.get(Order, 1) is None


def test_what_others_change_meanwhile_is_read_as_it_was_at_the_commit(engine: Engine) -> None:
    def change_past_it() -> None:
        with engine.begin() as connection:
            connection.execute(update(Order).values(words="of others"))

    read: list[str] = []
    with Session(engine) as session, order_changed.connected_to(lambda region, *, order: read.append(order.words)):
        session.add(order := Order(number=1, words="ours"))
        call_after_commit(session, change_past_it, label="a change by others")
        send_after_commit(session, order_changed, "eu", order=order)
        session.commit()

        assert order.words == "of others"
    assert read == ["ours"]


def test_of_a_joined_session_that_is_closed_the_object_can_be_read_when_the_outer_transaction_ends(
    engine: Engine,
) -> None:
    read: list[tuple[int, str]] = []

    hearing = order_changed.connected_to(lambda region, *, order: read.append((order.number, order.words)))
    with hearing, engine.begin() as connection, Session(connection) as session:
        session.add(order := Order(number=1, words="joined"))
        send_after_commit(session, order_changed, "eu", order=order)
        session.commit()
        session.close()

    assert read == [(1, "joined")]
