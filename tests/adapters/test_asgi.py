"""The middleware of ASGI, driven message by message; real servers are in tests/over_http."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from portico import ISignal, Plugin, Portico, implements
from portico.adapters import host_of
from portico.adapters.asgi import Message, PorticoMiddleware, Receive, Send
from portico.builtin import request_finished, request_started
from portico.errors import HostError
from portico.host import MemoryStateStore, current_host, looking
from portico.plugins import PluginState
from tests.adapters.asgi_server import call, get, http, living
from tests.adapters.conftest import MakeHost

Scope = Any


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that takes no part in lifespans, and fails, streams or leaves as it is asked to."""
    assert scope["type"] in {"http", "websocket"}
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    if scope["path"] == "/nothing":
        return
    if scope["path"] == "/early":
        raise LookupError("not there")
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-kind", b"book")]})
    for part in (b"hel", b"lo"):
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if scope["path"] == "/late":
            raise LookupError("not there")
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class Greeter(Plugin):
    """Is there."""

    implements(ISignal)
    name = "greeter"

    def get_signal_subscriptions(self) -> Any:
        return {request_started: [lambda app: None]}


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    heard: list[Any] = []

    def finish(app: object, *, response: Any) -> None:
        heard.append(("finished", app, response.status_code, response.is_complete))

    with (
        request_started.connected_to(lambda app: heard.append(("started", app))),
        request_finished.connected_to(finish),
    ):
        yield heard


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


# -- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "outcome", "raised"),
    [
        ("/", (201, True), None),
        ("/early", (500, False), LookupError),
        ("/late", (201, False), LookupError),
        ("/nothing", (500, False), None),
    ],
)
def test_every_request_raises_both_signals_once_whatever_becomes_of_it(
    make_host: MakeHost, heard: list[Any], path: str, outcome: tuple[int, bool], raised: type[Exception] | None
) -> None:
    app = PorticoMiddleware(hello, make_host())
    error: Exception | None = None

    try:
        run(call(app, http(path)))
    except LookupError as reason:
        error = reason

    assert heard == [("started", hello), ("finished", hello, *outcome)]
    assert type(error) is (raised or type(None))


def test_what_goes_out_is_what_the_application_sends(make_host: MakeHost, heard: list[Any]) -> None:
    assert run(call(PorticoMiddleware(hello, make_host()), http())) == run(call(hello, http()))


def test_started_comes_before_the_application_and_finished_after_all_of_the_response(make_host: MakeHost) -> None:
    steps: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        steps.append("application")
        await hello(scope, receive, send)

    async def send(message: Message) -> None:
        steps.append(message["type"])

    async def start(app: object) -> None:
        await asyncio.sleep(0)
        steps.append("started")

    async def finish(app: object, *, response: Any) -> None:
        await asyncio.sleep(0)
        steps.append("finished")

    with request_started.connected_to(start), request_finished.connected_to(finish):
        run(call(PorticoMiddleware(app, make_host()), http(), send=send))

    assert steps == [
        "started",
        "application",
        "http.response.start",
        *["http.response.body"] * 3,
        "finished",
    ]


def test_coroutine_receivers_run_in_the_loop_of_the_server(make_host: MakeHost) -> None:
    loops: list[Any] = []

    async def receive(app: object, **_: Any) -> None:
        loops.append(asyncio.get_running_loop())

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await call(PorticoMiddleware(hello, make_host()), http())

    with request_started.connected_to(receive), request_finished.connected_to(receive):
        run(serve())

    assert len(loops) == 3
    assert len(set(map(id, loops))) == 1


def test_what_a_receiver_puts_into_a_context_variable_is_there_for_the_application(make_host: MakeHost) -> None:
    from contextvars import ContextVar

    language: ContextVar[str] = ContextVar("language", default="none")
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(language.get())
        await hello(scope, receive, send)

    with request_started.connected_to(lambda app: language.set("en")):
        run(call(PorticoMiddleware(app, make_host()), http()))

    assert seen == ["en"]


def test_a_client_that_leaves_is_told_of_as_an_incomplete_response(make_host: MakeHost, heard: list[Any]) -> None:
    async def gone(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client is gone")

    with pytest.raises(OSError, match="gone"):
        run(call(PorticoMiddleware(hello, make_host()), http(), send=gone))

    assert heard[-1] == ("finished", hello, 201, False)


def test_a_request_that_is_cancelled_is_finished_too(make_host: MakeHost) -> None:
    finished: list[Any] = []

    async def stuck(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async def finish(app: object, *, response: Any) -> None:
        await asyncio.sleep(0)
        finished.append(response.is_complete)

    async def serve() -> None:
        started = asyncio.Event()
        with request_started.connected_to(lambda app: started.set()), request_finished.connected_to(finish):
            task = asyncio.create_task(call(PorticoMiddleware(stuck, make_host()), http()))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(serve())

    assert finished == [False]


def test_websockets_raise_nothing_and_open_the_host_all_the_same(make_host: MakeHost, heard: list[Any]) -> None:
    host = make_host()

    sent = run(call(PorticoMiddleware(hello, host), {"type": "websocket"}))

    assert (sent, heard, host.is_open) == ([{"type": "websocket.close"}], [], True)


def test_headers_are_read_as_they_were_sent(make_host: MakeHost) -> None:
    responses: list[Any] = []

    with request_finished.connected_to(lambda app, *, response: responses.append(response)):
        run(call(PorticoMiddleware(hello, make_host()), http()))

    assert responses[0].headers == [(b"x-kind", b"book")]


def test_a_failing_plugin_takes_no_request_down_and_is_quarantined(make_host: MakeHost) -> None:
    class Failing(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            return {request_started: [self.fail], request_finished: [self.fail_later]}

        def fail(self, app: object) -> None:
            raise LookupError("not there")

        async def fail_later(self, app: object, response: Any) -> None:
            raise LookupError("not there")

    host = make_host(plugins=[Failing])

    responses = run(get(PorticoMiddleware(hello, host), *["/"] * 10))

    assert {response.status_code for response in responses} == {201}
    assert host.plugins.get("Failing").state is PluginState.QUARANTINED
    assert host.plugins._store.load()["Failing"].quarantine is not None


# -- stores ------------------------------------------------------------------------------------------------------


class Watched(MemoryStateStore):
    """A store that says in which threads it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[threading.Thread] = []
        self.told: list[threading.Thread] = []

    def revision(self) -> int:
        self.asked.append(threading.current_thread())
        return super().revision()

    def save(self, name: str, **desired: Any) -> Any:
        self.told.append(threading.current_thread())
        return super().save(name, **desired)


def test_what_another_process_switched_is_in_force_for_the_request_that_looks(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    host = make_host(plugins=[Greeter], state=store)
    app = PorticoMiddleware(hello, host)

    async def serve() -> list[PluginState]:
        async with living(app):
            store.save("greeter", enabled=False)
            await call(app, http())
            return [host.plugins.get("greeter").state]

    assert run(serve()) == [PluginState.DISABLED]


def test_no_store_is_waited_for_in_the_loop_and_it_is_asked_at_most_twice_a_second(make_host: MakeHost) -> None:
    store = Watched()
    app = PorticoMiddleware(hello, make_host(plugins=[Greeter], state=store))

    run(get(app, *["/"] * 20))

    assert 1 <= len(store.asked) < 20
    assert threading.main_thread() not in store.asked


def test_a_quarantine_is_stored_in_a_thread(make_host: MakeHost) -> None:
    store = Watched()

    class Failing(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            return {request_started: [lambda app: 1 / 0]}

    run(get(PorticoMiddleware(hello, make_host(plugins=[Failing], state=store)), *["/"] * 10))

    assert store.told
    assert threading.main_thread() not in store.told


# -- the life of the application ---------------------------------------------------------------------------------


class Lively:
    """An application with a lifespan of its own, that says what it saw of its host."""

    def __init__(self, host: Portico, *, startup: str = "complete", raises: bool = False) -> None:
        self.host = host
        self.seen: list[tuple[str, bool]] = []
        self._startup = startup
        self._raises = raises

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await hello(scope, receive, send)
            return
        for what in ("startup", "shutdown"):
            message = await receive()
            assert message["type"] == f"lifespan.{what}"
            self.seen.append((what, self.host.is_open))
            if self._raises:
                raise LookupError("not there")
            await send({"type": f"lifespan.{what}.{self._startup}"})
            if self._startup == "failed":
                return


STARTED, ENDED = {"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}


@pytest.mark.parametrize("make", [lambda host: hello, Lively])
def test_the_host_is_open_for_as_long_as_the_application_lives(
    make_host: MakeHost, make: Callable[[Portico], Any], heard: list[Any]
) -> None:
    host = make_host(plugins=[Greeter])
    inner = make(host)
    app = PorticoMiddleware(inner, host)

    async def live() -> tuple[bool, list[Message]]:
        async with living(app) as said:
            await call(app, http())
            was_open = host.is_open
        return was_open, said

    assert not host.is_open
    assert run(live()) == (True, [STARTED, ENDED])
    assert not host.is_open
    assert [what for what, *_ in heard] == ["started", "finished"]
    assert getattr(inner, "seen", None) in (None, [("startup", True), ("shutdown", True)])


def test_it_can_live_again(make_host: MakeHost, heard: list[Any]) -> None:
    host = make_host()
    app = PorticoMiddleware(hello, host)

    async def live() -> None:
        for _ in range(2):
            async with living(app):
                await call(app, http())
            await call(app, http())

    run(live())

    assert [what for what, *_ in heard] == ["started", "finished"] * 2
    assert not host.is_open


def test_an_application_that_fails_to_start_leaves_no_open_host(make_host: MakeHost) -> None:
    host = make_host()
    inner = Lively(host, startup="failed")

    async def live() -> list[Message]:
        async with living(PorticoMiddleware(inner, host)) as said:
            return said

    assert run(live()) == [{"type": "lifespan.startup.failed"}]
    assert not host.is_open


def test_where_a_server_goes_on_after_a_failing_lifespan_the_first_request_opens_the_host(make_host: MakeHost) -> None:
    host = make_host()
    app = PorticoMiddleware(Lively(host, raises=True), host)

    async def live() -> None:
        async with living(app):
            pass

    with pytest.raises(LookupError):
        run(live())
    assert not host.is_open
    run(call(app, http()))
    assert host.is_open


def test_a_host_that_cannot_be_opened_fails_the_start_and_says_why(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(MemoryStateStore):
        def revision(self) -> int:
            raise OSError("the database is away")

    host = make_host(state=Away())
    inner = Lively(host)

    async def live() -> list[Message]:
        async with living(PorticoMiddleware(inner, host)) as said:
            return said

    assert run(live()) == [{"type": "lifespan.startup.failed", "message": "the database is away"}]
    assert inner.seen == []
    assert "the host could not be opened" in caplog.text


def test_without_lifespans_the_first_of_many_requests_opens_the_host_and_the_others_wait_for_it(
    make_host: MakeHost, heard: list[Any]
) -> None:
    host = make_host(plugins=[Greeter])
    app = PorticoMiddleware(hello, host)

    async def serve() -> None:
        await asyncio.gather(*(call(app, http()) for _ in range(20)))

    run(serve())

    assert host.is_open
    assert [what for what, *_ in heard].count("started") == 20


def test_a_host_that_was_closed_is_not_opened_by_a_request(make_host: MakeHost, heard: list[Any]) -> None:
    host = make_host()
    app = PorticoMiddleware(hello, host)
    run(call(app, http()))

    host.close()
    run(call(app, http()))

    assert len(heard) == 2
    assert not host.is_open


def test_a_host_that_is_open_already_is_served_as_it_is_and_stays_open(make_host: MakeHost, heard: list[Any]) -> None:
    host = make_host().open()
    app = PorticoMiddleware(hello, host)

    async def live() -> None:
        async with living(app):
            await call(app, http())

    run(live())

    assert host.is_open
    assert len(heard) == 2
    host.close()
    run(call(app, http()))
    assert len(heard) == 2


def test_requests_of_a_replaced_host_are_refused_and_name_where_the_new_one_was_opened(make_host: MakeHost) -> None:
    first, second = make_host(), make_host()
    app = PorticoMiddleware(hello, first)
    run(call(app, http()))

    second.open()

    for kind in ("http", "websocket"):
        with pytest.raises(HostError, match=rf"another one was opened at {__file__}:\d+; use that one's"):
            run(call(app, http() | {"type": kind}))
    first.close()
    assert run(call(app, http()))


def test_the_place_that_gave_it_its_host_is_the_one_that_is_named(make_host: MakeHost) -> None:
    host = make_host()
    app = PorticoMiddleware(hello, host)

    run(call(app, http()))

    assert host.opened_at is not None
    assert host.opened_at.startswith(f"{__file__}:")


def test_pages_of_plugins_are_left_out_and_the_plugin_works(make_host: MakeHost) -> None:
    from portico.plugins import IBlueprint

    class WithPages(Plugin):
        implements(IBlueprint)

        def get_blueprint(self) -> Any:
            import flask

            return flask.Blueprint("pages", __name__)

    host = make_host(plugins=[WithPages])
    run(call(PorticoMiddleware(hello, host), http()))

    status = host.plugins.get("WithPages")
    assert (status.state, status.needs_restart) == (PluginState.ENABLED, False)
    assert [note.text for note in status.notes] == ["its pages are left out: this application takes no blueprints"]


def test_a_process_that_only_looks_finds_the_host_enables_nothing_and_answers_nothing(make_host: MakeHost) -> None:
    host = make_host(plugins=[Greeter])

    with looking():
        app = PorticoMiddleware(hello, host)
        assert current_host() is host_of(app) is host
        with pytest.raises(HostError, match="this process only looks at the application"):
            run(call(app, http()))

    assert host.plugins.manager.state("greeter") is PluginState.DISABLED


# -- which application -------------------------------------------------------------------------------------------


class Outer:
    """Other middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        done: Awaitable[None] = self.app(scope, receive, send)
        return done


def test_the_host_of_an_application_is_found_also_through_other_middleware(make_host: MakeHost) -> None:
    host = make_host()
    app = PorticoMiddleware(hello, host)

    assert host_of(app) is host_of(Outer(Outer(app))) is host_of(host) is host
    assert host_of(hello) is host_of(Outer(hello)) is None


def test_an_application_that_leads_to_itself_has_no_host() -> None:
    outer = Outer(None)
    outer.app = outer

    assert host_of(outer) is None


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (hello, r"cannot open a host for 'function': it has to be wrapped: app = PorticoMiddleware\(app, host\)"),
        (PorticoMiddleware(hello, Portico()), "cannot open a host for 'PorticoMiddleware': it has its host already"),
        (3, "cannot open a host for 3: give an application of Flask, Starlette or FastAPI"),
        (Outer, "cannot open a host for <class .*Outer'>: give an application"),
        (None, "cannot open a host for None: give an application"),
    ],
)
def test_what_is_no_application_of_a_known_framework_is_refused_with_what_to_do(
    make_host: MakeHost, app: object, message: str
) -> None:
    host = make_host()

    with pytest.raises(HostError, match=message):
        host.init_app(app)

    assert not host.is_open
