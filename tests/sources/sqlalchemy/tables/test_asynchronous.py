import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session

from portico.errors import Veto
from portico.signals import Namespace
from portico.sources.sqlalchemy import TableSignals
from tests.sources.sqlalchemy.tables.stock import Heard, Item, stock

Work = Callable[[AsyncEngine], Awaitable[None]]
RunAsync = Callable[[Work], None]


@pytest.fixture(
    params=[("sqlite", "sqlite+aiosqlite"), ("postgresql", "postgresql+asyncpg"), ("postgresql", "postgresql+psycopg")],
    ids=["aiosqlite", "asyncpg", "psycopg"],
)
def run(request: pytest.FixtureRequest, stocks: Callable[[str], str]) -> RunAsync:
    database, driver = request.param
    url = f"{driver}:{stocks(database).partition(':')[2]}"

    async def main(work: Work) -> None:
        engine = create_async_engine(url)
        try:
            await work(engine)
        finally:
            await engine.dispose()

    return lambda work: asyncio.run(main(work))


def test_rows_of_an_asynchronous_session_are_heard_and_coroutine_receivers_awaited(run: RunAsync, heard: Heard) -> None:
    steps: list[Any] = []

    async def before(_: object, *, instance: Item) -> None:
        await asyncio.sleep(0)
        steps.append(("before", instance.name))

    async def after(_: object, *, instance: Item) -> None:
        await asyncio.sleep(0)
        steps.append(("after", instance.made))

    async def work(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session:
            with stock["pre_create"].connected_to(before), stock["post_create"].connected_to(after):
                session.add(Item(id=1, name="nut"))
                await session.commit()
                steps.append("committed")
            item = await session.get(Item, 1)
            assert item is not None
            await session.commit()
            # Expired, and assigned outside of what could load it.
            item.name = "bolt"
            await session.commit()

    run(work)

    assert steps == [("before", "nut"), ("after", 7), "committed"]
    assert heard.after == [
        ("post_create", "Item", 1, None),
        ("post_modify", "Item", 1, {"name": ("nut", "bolt")}),
    ]


def test_a_coroutine_receiver_can_veto(run: RunAsync, heard: Heard) -> None:
    async def refuse(_: object, **payload: Any) -> None:
        msg = "not today"
        raise Veto(msg)

    async def work(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session:
            session.add(Item(id=1))
            await session.flush()
            session.add(Item(id=2))
            with stock["pre_create"].connected_to(refuse), pytest.raises(Veto):
                await session.commit()
        async with AsyncSession(engine) as session:
            assert await session.get(Item, 1) is None

    run(work)

    assert heard.after == []


class OwnSession(Session):
    """Heard apart from other sessions."""


@pytest.mark.parametrize("kind", ["maker", "scoped", "class", "session"])
def test_every_form_of_asynchronous_session_can_be_given(run: RunAsync, kind: str) -> None:
    keys: list[int] = []
    namespace = Namespace(f"stock-of-asynchronous-{kind}")

    async def work(engine: AsyncEngine) -> None:
        maker = async_sessionmaker(engine, sync_session_class=OwnSession)
        session = maker()
        given: Any = {
            "maker": maker,
            "scoped": async_scoped_session(maker, asyncio.current_task),
            "class": AsyncSession,
            "session": session,
        }[kind]
        receive = namespace["post_create"]
        with (
            TableSignals(given, [Item], namespace=namespace, silent="ignore"),
            receive.connected_to(lambda _, **payload: keys.append(payload["instance"].id)),
        ):
            async with session:
                session.add(Item(id=1))
                await session.commit()
            async with AsyncSession(engine) as other:
                other.add(Item(id=2))
                await other.commit()

    namespace.signal("post_create")
    run(work)

    assert keys == ([1, 2] if kind == "class" else [1])
