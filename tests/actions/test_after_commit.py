"""When an action is told of whose rows a transaction stores."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

from portico.actions import (
    ActionRegistry,
    Context,
    DataDict,
    action_depth,
    side_effect_free,
)
from portico.builtin import action_succeeded
from portico.transactions import Event, current_event
from tests.actions.conftest import Told, context, register


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    number: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(default="")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgresql":
        engine = create_engine(request.getfixturevalue("postgresql_url"))
    else:
        engine = create_engine(f"sqlite:///{tmp_path / 'notes.db'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def write(context: Context, data_dict: DataDict) -> int:
    context["session"].add(Note(number=data_dict["number"]))
    context["session"].flush()
    return int(data_dict["number"])


def test_it_is_sent_when_the_transaction_has_committed_and_another_connection_reads_it(
    registry: ActionRegistry, engine: Engine
) -> None:
    heard: list[Any] = []

    def hear(name: str, *, result: Any, **_: Any) -> None:
        with Session(engine) as other:
            heard.append((result, other.get(Note, result) is not None, action_depth()))

    register(registry, write=write)

    with Session(engine) as session, action_succeeded.connected_to(hear):
        registry.call("write", context(session), {"number": 1})
        assert heard == []
        session.commit()

    assert heard == [(1, True, 1)]
    assert action_depth() == 0


@pytest.mark.parametrize("end", ["rollback", "close"])
def test_it_is_not_sent_when_the_transaction_did_not_commit(
    registry: ActionRegistry, engine: Engine, told: Told, end: str
) -> None:
    register(registry, write=write)

    with Session(engine) as session:
        registry.call("write", context(session), {"number": 1})
        getattr(session, end)()
        session.commit()

    assert told == [("before", "write", 1)]


def test_an_action_that_has_not_flushed_waits_for_the_commit_too(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    register(registry, add=lambda context, data_dict: context["session"].add(Note(number=1)))

    with Session(engine) as session:
        registry.call("add", context(session))
        assert told == [("before", "add", 1)]
        session.commit()

    assert told[-1] == ("succeeded", "add", 1)


def test_an_action_that_commits_itself_is_told_when_it_has_returned(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    def commit(context: Context, data_dict: DataDict) -> str:
        context["session"].add(Note(number=1))
        context["session"].commit()
        assert [signal for signal, _, _ in told] == ["before"]
        # Reading begins a transaction that nobody may ever commit.
        return str(context["session"].get(Note, 1).words)

    register(registry, commit=commit)

    with Session(engine) as session:
        registry.call("commit", context(session))

    assert told == [("before", "commit", 1), ("succeeded", "commit", 1)]


def test_nested_actions_of_one_transaction_are_told_after_it_in_order_with_their_depth(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    def outer(context: Context, data_dict: DataDict) -> None:
        for number in (1, 2):
            registry.call("write", context, {"number": number})

    register(registry, outer=outer, write=write)

    with Session(engine) as session:
        registry.call("outer", context(session))
        assert {signal for signal, _, _ in told} == {"before"}
        session.commit()

    assert told[3:] == [("succeeded", "write", 2), ("succeeded", "write", 2), ("succeeded", "outer", 1)]


def test_an_action_in_a_savepoint_that_rolled_back_did_not_succeed_and_what_encloses_it_did(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    def outer(context: Context, data_dict: DataDict) -> None:
        registry.call("write", context, {"number": 1})
        for number, fails in ((2, True), (3, False)):
            savepoint = context["session"].begin_nested()
            registry.call("write", context, {"number": number})
            savepoint.rollback() if fails else savepoint.commit()

    numbers: list[int] = []
    register(registry, outer=outer, write=write)

    def note(name: str, *, result: int, **_: Any) -> None:
        numbers.append(result)

    with Session(engine) as session, action_succeeded.connected_to(note, sender="write"):
        registry.call("outer", context(session))
        session.commit()

        assert session.scalars(select(Note.number).order_by(Note.number)).all() == [1, 3]
    assert numbers == [1, 3]
    assert told[-1] == ("succeeded", "outer", 1)


def test_an_inner_action_that_failed_and_was_rolled_back_does_not_take_the_outer_along(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    def fail(context: Context, data_dict: DataDict) -> None:
        write(context, {"number": 7})
        raise LookupError

    def outer(context: Context, data_dict: DataDict) -> None:
        write(context, {"number": 1})
        with pytest.raises(LookupError), context["session"].begin_nested():
            registry.call("fail", context)

    register(registry, outer=outer, fail=fail)

    with Session(engine) as session:
        registry.call("outer", context(session))
        session.commit()

    assert [name for signal, name, _ in told if signal == "succeeded"] == ["outer"]


def test_what_the_caller_fills_into_its_dict_afterwards_is_not_what_receivers_get(
    registry: ActionRegistry, engine: Engine
) -> None:
    numbers: list[int] = []
    register(registry, write=write)

    def note(name: str, *, data_dict: DataDict, **_: Any) -> None:
        numbers.append(data_dict["number"])

    with Session(engine) as session, action_succeeded.connected_to(note):
        data_dict = {"number": 0}
        for number in (1, 2):
            data_dict["number"] = number
            registry.call("write", context(session), data_dict)
        session.commit()

    assert numbers == [1, 2]


def read_through_a_common_table(session: Session) -> None:
    notes = select(Note.number).cte()
    session.execute(select(notes)).all()


@pytest.mark.parametrize(
    "read",
    [
        lambda session: session.scalars(select(Note)).all(),
        read_through_a_common_table,
        lambda session: session.execute(text("WITH numbers AS (SELECT 1) SELECT * FROM numbers")).all(),
    ],
    ids=["a select", "a common table", "text"],
)
def test_an_action_free_of_side_effects_is_told_at_once_whatever_it_reads_with(
    registry: ActionRegistry, engine: Engine, told: Told, read: Callable[[Session], object]
) -> None:
    register(registry, read=side_effect_free(lambda context, data_dict: read(context["session"])))

    with Session(engine) as session:
        registry.call("read", context(session))

        assert told[-1] == ("succeeded", "read", 1)


def test_any_other_action_waits_for_the_end_of_the_transaction_that_it_ran_in(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    register(registry, read=lambda context, data_dict: context["session"].execute(text("SELECT 1")).all())

    with Session(engine) as session:
        registry.call("read", context(session))
        registry.call("read", context(session))
        assert [signal for signal, _, _ in told] == ["before", "before"]
        session.commit()

    assert told[2:] == [("succeeded", "read", 1), ("succeeded", "read", 1)]


@pytest.mark.parametrize("stores_the_rest", [True, False])
def test_an_action_that_commits_itself_and_goes_on_writing_waits_for_the_rest(
    registry: ActionRegistry, engine: Engine, told: Told, stores_the_rest: bool
) -> None:
    def commit_and_go_on(context: Context, data_dict: DataDict) -> None:
        write(context, {"number": 1})
        context["session"].commit()
        write(context, {"number": 2})

    register(registry, go_on=commit_and_go_on)

    with Session(engine) as session:
        registry.call("go_on", context(session))
        assert told == [("before", "go_on", 1)]
        session.commit() if stores_the_rest else session.rollback()

    assert (told[-1] == ("succeeded", "go_on", 1)) is stores_the_rest


@pytest.mark.parametrize("outcome", ["commit", "rollback"])
def test_what_an_action_commits_within_an_outer_transaction_is_up_to_that(
    registry: ActionRegistry, engine: Engine, told: Told, outcome: str
) -> None:
    def commit(context: Context, data_dict: DataDict) -> None:
        write(context, {"number": 1})
        context["session"].commit()

    register(registry, commit=commit)

    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection) as session:
            registry.call("commit", context(session))
        assert told == [("before", "commit", 1)]
        getattr(outer, outcome)()

    assert (told[-1] == ("succeeded", "commit", 1)) is (outcome == "commit")


def test_what_is_recorded_of_an_action_names_who_acted(registry: ActionRegistry, engine: Engine) -> None:
    events: list[Event | None] = []
    register(registry, write=write)

    with Session(engine) as session, action_succeeded.connected_to(lambda name, **_: events.append(current_event())):
        registry.call("write", context(session), {"number": 1})
        session.commit()

    assert [(event.actor, event.sender) for event in events if event] == [("nora", "write")]


def test_statements_past_the_session_s_own_ways_are_writes_too(
    registry: ActionRegistry, engine: Engine, told: Told
) -> None:
    def insert(context: Context, data_dict: DataDict) -> None:
        context["session"].connection().exec_driver_sql("INSERT INTO notes VALUES (1, '')")

    register(registry, insert=insert)

    with Session(engine) as session:
        registry.call("insert", context(session))
        assert told == [("before", "insert", 1)]
        session.commit()

    assert told[-1] == ("succeeded", "insert", 1)


def test_a_scoped_session_stands_for_the_session_inside(registry: ActionRegistry, engine: Engine, told: Told) -> None:
    scoped = scoped_session(sessionmaker(engine))
    register(registry, write=write)

    registry.call("write", context(scoped), {"number": 1})
    assert told == [("before", "write", 1)]
    scoped.commit()
    scoped.remove()

    assert told[-1] == ("succeeded", "write", 1)


def test_a_session_of_something_else_is_not_waited_for(registry: ActionRegistry, told: Told) -> None:
    register(registry, act=lambda context, data_dict: None)

    registry.call("act", context(object()))

    assert told[-1] == ("succeeded", "act", 1)


def test_after_the_commit_a_failing_receiver_is_isolated_though_the_host_lets_exceptions_out(
    registry: ActionRegistry, engine: Engine
) -> None:
    def fail(name: str, **_: Any) -> None:
        raise LookupError(name)

    register(registry, write=write)
    undo = action_succeeded.override_policy("raise")
    try:
        with Session(engine) as session, action_succeeded.connected_to(fail):
            registry.call("write", context(session), {"number": 1})
            session.commit()

            assert session.get(Note, 1) is not None
    finally:
        undo()
