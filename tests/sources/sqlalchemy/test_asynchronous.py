import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)

from portico.errors import TransactionError
from portico.signals import ReceiverFailure, observe_failures
from portico.sources.sqlalchemy import call_after_commit, send_after_commit
from tests.sources.sqlalchemy.shop import Line, Order, first_order, order_placed, place, shop


@shop.signal
def order_shown(region: str, /, *, order: Any) -> None:
    """Sent after an order was shown to somebody."""


Work = Callable[[AsyncEngine], Awaitable[None]]
RunAsync = Callable[[Work], None]


@pytest.fixture(
    params=[("sqlite", "sqlite+aiosqlite"), ("postgresql", "postgresql+asyncpg"), ("postgresql", "postgresql+psycopg")],
    ids=["aiosqlite", "asyncpg", "psycopg"],
)
def url(request: pytest.FixtureRequest) -> str:
    database, driver = request.param
    return f"{driver}:{request.getfixturevalue('shops')(database).partition(':')[2]}"


@pytest.fixture
def run(url: str) -> RunAsync:
    """Run a coroutine function with an engine of the database."""

    async def main(work: Work) -> None:
        engine = create_async_engine(url)
        try:
            await work(engine)
        finally:
            await engine.dispose()

    return lambda work: asyncio.run(main(work))


async def is_stored(engine: AsyncEngine, number: int) -> bool:
    async with AsyncSession(engine) as other:
        return await other.get(Order, number) is not None


def test_coroutine_receivers_are_awaited_in_order_before_the_commit_returns(run: RunAsync) -> None:
    steps: list[Any] = []

    async def work(engine: AsyncEngine) -> None:
        async def look(region: str, *, number: int) -> None:
            steps.append((number, await is_stored(engine, number)))

        with (
            order_placed.connected_to(look),
            order_placed.connected_to(lambda region, *, number: steps.append(number)),
        ):
            async with AsyncSession(engine) as session:
                place(session.sync_session, 1)
                send_after_commit(session, order_placed, "eu", number=2)
                await session.commit()
                steps.append("committed")
                send_after_commit(session, order_placed, "eu", number=3)
                await session.rollback()

    run(work)

    assert steps == [(1, True), 1, (2, False), 2, "committed"]


def test_a_scoped_session_stands_for_the_session_inside(run: RunAsync) -> None:
    heard: list[tuple[int, bool]] = []

    async def work(engine: AsyncEngine) -> None:
        async def look(region: str, *, number: int) -> None:
            heard.append((number, await is_stored(engine, number)))

        scoped = async_scoped_session(async_sessionmaker(engine), asyncio.current_task)
        with order_placed.connected_to(look):
            scoped.add(Order(number=1))
            send_after_commit(scoped, order_placed, "eu", number=1)
            await scoped.commit()
            await scoped.remove()

    run(work)

    assert heard == [(1, True)]


def test_a_coroutine_receiver_reads_what_it_was_sent_and_is_told_where_it_cannot(run: RunAsync) -> None:
    seen: list[Any] = []
    failures: list[ReceiverFailure] = []

    async def read(region: str, *, order: Order) -> None:
        seen.append((order.number, order.words, order.made, order.remarks))
        seen.append(len(order.lines))

    async def work(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session, session.begin():
            session.add(Order(number=1, words="two cups", lines=[Line()]))
        async with AsyncSession(engine) as session, session.begin():
            order = await session.run_sync(first_order)
            send_after_commit(session, order_shown, "eu", order=order)

    undo = observe_failures(failures.append)
    with order_shown.connected_to(read):
        run(work)
    undo()

    assert seen == [(1, "two cups", 7, "none")]
    assert [type(failure.error) for failure in failures] == [TransactionError]


def test_a_receiver_may_commit_a_session_of_its_own(run: RunAsync) -> None:
    numbers: list[int] = []

    async def work(engine: AsyncEngine) -> None:
        async def place_next(region: str, *, number: int) -> None:
            numbers.append(number)
            if number < 3:
                async with AsyncSession(engine) as own:
                    place(own.sync_session, number + 1)
                    await own.commit()

        with order_placed.connected_to(place_next):
            async with AsyncSession(engine) as session:
                place(session.sync_session, 1)
                await session.commit()
        numbers.extend([number for number in (1, 2, 3) if await is_stored(engine, number)])

    run(work)

    assert numbers == [1, 2, 3, 1, 2, 3]


@asynccontextmanager
async def committing_session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as session:
        yield session
        await session.commit()


@asynccontextmanager
async def committing_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        yield connection
        await connection.commit()


Committing = Callable[[AsyncEngine], Any]


@pytest.mark.parametrize("committing", [committing_session, committing_connection])
def test_a_cancellation_passes_with_the_transaction_stored(run: RunAsync, committing: Committing) -> None:
    steps: list[Any] = []

    async def work(engine: AsyncEngine) -> None:
        arrived = asyncio.Event()

        async def wait_for_ever(region: str, *, number: int) -> None:
            arrived.set()
            await asyncio.Event().wait()

        async def store() -> None:
            async with committing(engine) as target:
                await target.execute(insert(Order).values(number=1))
                send_after_commit(target, order_placed, "eu", number=1)

        with order_placed.connected_to(wait_for_ever):
            task = asyncio.create_task(store())
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        steps.append(await is_stored(engine, 1))
        async with committing(engine) as target:
            steps.append((await target.scalars(select(Order.number))).all())

    run(work)

    assert steps == [True, [1]]


def test_a_connection_awaits_coroutine_receivers_before_its_commit_returns(run: RunAsync) -> None:
    steps: list[Any] = []

    async def work(engine: AsyncEngine) -> None:
        async def look(region: str, *, number: int) -> None:
            steps.append((number, await is_stored(engine, number)))

        async def store(connection: AsyncConnection, number: int) -> None:
            await connection.execute(insert(Order).values(number=number))
            send_after_commit(connection, order_placed, "eu", number=number)

        with order_placed.connected_to(look):
            async with engine.connect() as connection:
                await store(connection, 1)
                await connection.rollback()
                await store(connection, 2)
                savepoint = await connection.begin_nested()
                await store(connection, 3)
                await savepoint.rollback()
                await connection.commit()
                steps.append("committed")
            async with engine.begin() as connection, AsyncSession(connection) as session:
                place(session.sync_session, 4)
                await session.commit()
                steps.append("joined")

    run(work)

    assert steps == [(2, True), "committed", "joined", (4, True)]


def test_an_awaitable_that_a_call_returns_is_awaited(run: RunAsync) -> None:
    steps: list[str] = []

    async def call() -> None:
        await asyncio.sleep(0)
        steps.append("called")

    async def work(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session:
            call_after_commit(session, call, label="a call")
            await session.commit()
            steps.append("committed")

    run(work)

    assert steps == ["called", "committed"]


def test_a_connection_that_has_not_been_started_is_refused(run: RunAsync) -> None:
    async def work(engine: AsyncEngine) -> None:
        with pytest.raises(TransactionError, match="has not been started; await it"):
            send_after_commit(engine.connect(), order_placed, "eu", number=1)

    run(work)


def test_in_a_plain_function_that_runs_inside_the_connection_the_connection_can_be_given(run: RunAsync) -> None:
    heard: list[int] = []

    def store(connection: Connection) -> None:
        send_after_commit(connection, order_placed, "eu", number=1)

    async def hear(region: str, *, number: int) -> None:
        heard.append(number)

    async def work(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(store)

    with order_placed.connected_to(hear):
        run(work)

    assert heard == [1]
