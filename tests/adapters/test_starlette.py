"""FastAPI and Starlette applications with a host; real servers are in tests/over_http."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from portico import ISignal, Plugin, implements
from portico.adapters import host_of
from portico.builtin import request_finished, request_started
from portico.host import current_host, looking
from tests.adapters.asgi_server import get, living
from tests.adapters.conftest import MakeHost


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    heard: list[Any] = []
    with (
        request_started.connected_to(lambda app: heard.append(("started", app))),
        request_finished.connected_to(lambda app, *, response: heard.append((response.status_code, app))),
    ):
        yield heard


def shop(**options: Any) -> FastAPI:
    app = FastAPI(**options)

    @app.get("/")
    async def page() -> str:
        return "hello"

    @app.get("/plain")
    def plain() -> str:
        return "hello"

    @app.get("/refused")
    def refused() -> None:
        raise HTTPException(403)

    @app.get("/broken")
    def broken() -> None:
        raise LookupError("not there")

    @app.get("/long")
    def long() -> Response:
        return StreamingResponse(iter(["a", "b", "c"]))

    return app


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/plain", 200), ("/missing", 404), ("/refused", 403), ("/broken", 500), ("/long", 200)],
)
def test_every_request_raises_both_signals_with_the_application_and_the_status_that_really_goes_out(
    make_host: MakeHost, heard: list[Any], path: str, status: int
) -> None:
    app = shop()
    make_host().init_app(app)

    (response,) = asyncio.run(get(app, path))

    assert response.status_code == status
    assert heard == [("started", app), (status, app)]


def test_the_host_lives_with_the_application_around_its_own_lifespan(make_host: MakeHost) -> None:
    host = make_host()
    steps: list[Any] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        steps.append(("started", host.is_open))
        yield
        steps.append(("ended", host.is_open))

    app = shop(lifespan=lifespan)
    host.init_app(app)

    async def live() -> None:
        async with living(app):
            steps.append(("lives", host.is_open))

    assert not host.is_open
    asyncio.run(live())

    assert steps == [("started", True), ("lives", True), ("ended", True)]
    assert not host.is_open


def test_a_lifespan_that_fails_leaves_no_open_host(make_host: MakeHost) -> None:
    host = make_host()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if app.title == "FastAPI":
            raise LookupError("not there")
        yield

    app = shop(lifespan=lifespan)
    host.init_app(app)

    async def live() -> list[Any]:
        said: list[Any] = []
        with pytest.raises(LookupError):
            async with living(app) as said:
                pass
        return said

    assert [message["type"] for message in asyncio.run(live())] == ["lifespan.startup.failed"]
    assert not host.is_open


def test_middleware_that_the_application_has_stands_inside(make_host: MakeHost, heard: list[Any]) -> None:
    app = shop()

    @app.middleware("http")
    async def note(request: Request, call_next: Any) -> Any:
        heard.append("middleware")
        return await call_next(request)

    make_host().init_app(app)
    asyncio.run(get(app, "/"))

    assert heard == [("started", app), "middleware", (200, app)]


def test_middleware_can_be_added_after_the_host(make_host: MakeHost, heard: list[Any]) -> None:
    app = shop()
    make_host().init_app(app)
    app.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))

    asyncio.run(get(app, "/"))

    assert [what for what, _ in heard] == ["started", 200]


def test_an_application_that_is_serving_already_can_get_its_host(make_host: MakeHost, heard: list[Any]) -> None:
    app = shop()
    asyncio.run(get(app, "/"))
    host = make_host()

    host.init_app(app)
    asyncio.run(get(app, "/"))

    assert [what for what, _ in heard] == ["started", 200]


@pytest.mark.parametrize("serves", [False, True])
def test_another_host_takes_the_place_of_one_that_was_given_before(
    make_host: MakeHost, heard: list[Any], serves: bool
) -> None:
    app, first, second = shop(), make_host(), make_host()
    first.init_app(app)
    if serves:
        asyncio.run(get(app, "/"))
        heard.clear()

    second.init_app(app)
    asyncio.run(get(app, "/"))

    assert [what for what, _ in heard] == ["started", 200]
    assert (first.is_open, second.is_open) == (False, True)
    assert host_of(app) is second


def test_two_applications_do_not_share_their_host(make_host: MakeHost) -> None:
    app, other = shop(), shop()
    make_host().init_app(app)

    assert host_of(other) is None
    assert "build_middleware_stack" not in vars(other)


@pytest.mark.parametrize("own_handler", [False, True])
def test_a_plugin_s_guard_aborts_a_request_and_the_application_answers_it_as_its_own(
    make_host: MakeHost, heard: list[Any], own_handler: bool
) -> None:
    class Guard(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            return {request_started: [self.guard]}

        async def guard(self, app: object) -> None:
            raise HTTPException(403, "not today")

    app = shop()
    if own_handler:
        app.add_exception_handler(403, lambda request, error: PlainTextResponse("go away", 403))
    host = make_host(plugins=[Guard])
    host.init_app(app)

    (response,) = asyncio.run(get(app, "/"))

    assert response.status_code == 403
    assert response.text == ("go away" if own_handler else '{"detail":"not today"}')
    assert heard[-1] == (403, app)
    assert host.plugins.get("Guard").failures == 0


def test_the_host_is_at_hand_in_a_request(make_host: MakeHost) -> None:
    host, found = make_host(), []

    def page(request: Request) -> Response:
        found.append(request.app.state.portico)
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", page)])
    host.init_app(app)
    asyncio.run(get(app, "/"))

    assert found == [host]


def test_what_is_mounted_raises_the_signals_of_the_whole(make_host: MakeHost, heard: list[Any]) -> None:
    outer = Starlette(routes=[Mount("/shop", app=shop())])
    make_host().init_app(outer)

    asyncio.run(get(outer, "/shop/"))

    assert heard == [("started", outer), (200, outer)]


def test_a_replaced_host_lets_requests_fail(make_host: MakeHost) -> None:
    app = shop()
    make_host().init_app(app)
    asyncio.run(get(app, "/"))

    make_host().open()
    (response,) = asyncio.run(get(app, "/"))

    assert response.status_code == 500


def test_a_place_is_named_that_the_author_knows(make_host: MakeHost) -> None:
    app, host = shop(), make_host()
    host.init_app(app)

    asyncio.run(get(app, "/"))

    assert host.opened_at is not None
    assert host.opened_at.startswith(f"{__file__}:")


def test_a_process_that_only_looks_finds_the_host_and_answers_nothing(make_host: MakeHost, heard: list[Any]) -> None:
    app, host = shop(), make_host()

    with looking():
        host.init_app(app)
        assert current_host() is host_of(app) is host
        (response,) = asyncio.run(get(app, "/"))

    assert (response.status_code, heard, host.is_open) == (500, [], False)
