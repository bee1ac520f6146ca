"""Tests the signals of requests and sign-ins in a Django project, synchronous and asynchronous."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404
from django.test import AsyncClient, Client
from django.test.utils import override_settings

from portico import ISignal, Plugin, Portico, implements
from portico.adapters import host_of
from portico.adapters.django import PorticoMiddleware, with_lifespan
from portico.builtin import failed_login, request_finished, request_started, user_logged_in, user_logged_out
from portico.errors import HostError
from portico.host import MemoryStateStore
from portico.plugins import IBlueprint, PluginState
from tests.adapters.asgi_server import get, living
from tests.adapters.django_project.plugins import make_host


@pytest.fixture
def seen() -> Iterator[list[Any]]:
    seen: list[Any] = []
    with (
        request_started.connected_to(lambda app: seen.append(("started", app))),
        request_finished.connected_to(lambda app, *, response: seen.append((response.status_code, app))),
    ):
        yield seen


def ask(path: str, *, in_loop: bool) -> Any:
    if not in_loop:
        return Client(raise_request_exception=False).get(path)

    async def await_it() -> Any:
        return await AsyncClient(raise_request_exception=False).get(path)

    return asyncio.run(await_it())


PAGES = [("/", 200), ("/async", 200), ("/broken", 500), ("/missing", 404), ("/long", 200), ("/long-async", 200)]


@pytest.mark.parametrize("in_loop", [False, True])
@pytest.mark.parametrize(("path", "status"), PAGES)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_every_request_raises_both_signals_once(
    host: Portico, seen: list[Any], path: str, status: int, in_loop: bool
) -> None:
    response = ask(path, in_loop=in_loop)
    response.close()

    assert response.status_code == status
    assert seen == [("started", apps), (status, apps)]


def test_coroutine_receivers_run_in_the_loop_of_an_asynchronous_project(host: Portico) -> None:
    loops: list[Any] = []

    async def receive(app: object, **_: Any) -> None:
        loops.append(asyncio.get_running_loop())

    async def ask() -> None:
        loops.append(asyncio.get_running_loop())
        await AsyncClient().get("/async")

    with request_started.connected_to(receive), request_finished.connected_to(receive):
        asyncio.run(ask())
        Client().get("/")

    assert loops[0] is loops[1] is loops[2]
    assert loops[3] is not loops[0]
    assert len(loops) == 5


class Failing(Plugin):
    """Fails at whatever it hears."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {signal: [self.fail] for signal in (request_started, request_finished, user_logged_in, failed_login)}

    def fail(self, sender: object, **_: Any) -> None:
        raise LookupError("not there")


@pytest.mark.parametrize("in_loop", [False, True])
def test_a_failing_plugin_takes_no_request_down_and_its_quarantine_is_stored(host: Portico, in_loop: bool) -> None:
    host.know(Failing)
    host.plugins.enable("Failing")

    statuses = {ask("/", in_loop=in_loop).status_code for _ in range(10)}

    assert statuses == {200}
    assert host.plugins.get("Failing").state is PluginState.QUARANTINED
    assert host.plugins._store.load()["Failing"].quarantine is not None


@pytest.mark.parametrize("in_loop", [False, True])
@pytest.mark.parametrize(("error", "status"), [(PermissionDenied, 403), (Http404, 404), (BadRequest, 400)])
def test_a_plugin_s_guard_aborts_a_request_and_django_answers_it(
    host: Portico, seen: list[Any], error: type[Exception], status: int, in_loop: bool
) -> None:
    class Guard(Plugin):
        implements(ISignal)

        def get_signal_subscriptions(self) -> Any:
            return {request_started: [self.guard]}

        def guard(self, app: object) -> None:
            raise error

    host.know(Guard)
    host.plugins.enable("Guard")

    response = ask("/", in_loop=in_loop)

    assert response.status_code == status
    assert seen[-1] == (status, apps)
    assert host.plugins.get("Guard").failures == 0


@pytest.mark.parametrize("in_loop", [False, True])
def test_what_another_process_switched_is_in_force_for_the_request_that_looks(host: Portico, in_loop: bool) -> None:
    host.plugins._store.save("project_audit", enabled=False)

    ask("/", in_loop=in_loop)

    assert host.plugins.get("project_audit").state is PluginState.DISABLED


def test_a_closed_host_leaves_nothing_at_the_signals_of_django(host: Portico, seen: list[Any]) -> None:
    from django.contrib.auth import signals as of_auth
    from django.core import signals

    def ours() -> list[Any]:
        found = [signals.request_started, signals.request_finished, of_auth.user_logged_in, of_auth.user_login_failed]
        return [
            each for signal in found for _, each, _ in signal.receivers if "portico" in getattr(each, "__module__", "")
        ]

    assert len(ours()) == 4
    host.close()
    Client().get("/")

    assert ours() == []
    assert seen == []


def test_requests_of_a_replaced_host_fail_and_say_where_to_look(host: Portico) -> None:
    other = make_host(state=MemoryStateStore()).open()
    try:
        with pytest.raises(HostError, match=r"another one was opened at .*requests.py:"):
            Client().get("/")
        with pytest.raises(HostError, match="another one was opened at"):
            asyncio.run(AsyncClient().get("/"))
    finally:
        other.close()


def test_the_host_of_the_project_is_found(host: Portico) -> None:
    assert host_of() is host_of(WSGIHandler()) is host_of(ASGIHandler()) is host


def test_a_server_with_lifespans_closes_the_host_and_can_open_it_again(host: Portico, seen: list[Any]) -> None:
    app = with_lifespan(ASGIHandler())

    async def live() -> list[Any]:
        async with living(app) as said:
            await get(app, "/")
            assert host.is_open
        return said

    said = [asyncio.run(live()) for _ in range(2)]

    assert said == [[{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]] * 2
    assert seen == [("started", apps), (200, apps)] * 2
    assert not host.is_open
    assert host_of(app) is host


@pytest.mark.parametrize("handler", [WSGIHandler, ASGIHandler])
def test_a_handler_is_told_to_use_the_settings(host: Portico, handler: Any) -> None:
    with pytest.raises(HostError, match=r"has its host by its settings: put 'portico.adapters.django' into INSTALLED"):
        Portico().init_app(handler())


def test_the_middleware_alone_says_what_it_lacks() -> None:
    config = apps.app_configs.pop("portico")
    apps.clear_cache()
    try:
        with pytest.raises(HostError, match=r"put 'portico.adapters.django' into INSTALLED_APPS, too"):
            PorticoMiddleware(lambda request: None)
        assert host_of() is None
    finally:
        apps.app_configs["portico"] = config
        apps.clear_cache()


def test_a_project_without_the_middleware_is_warned_by_check() -> None:
    def warned() -> list[str]:
        return [each.id for each in checks.run_checks() if each.id.startswith("portico")]

    assert warned() == []
    with override_settings(MIDDLEWARE=[]):
        assert warned() == ["portico.W001"]


def test_pages_of_plugins_are_left_out_which_is_noted(host: Portico) -> None:
    class WithPages(Plugin):
        implements(IBlueprint)

        def get_blueprint(self) -> Any:
            import flask

            return flask.Blueprint("pages", __name__)

    config = apps.get_app_config("portico")
    host.close()
    config.host = Portico(plugins=[WithPages])
    config.host.open_for(config)

    (note,) = config.host.plugins.get("WithPages").notes
    assert note.text == "its pages are left out: this application takes no blueprints"
    config.host.close()


# -- sign-ins ----------------------------------------------------------------------------------------------------


@pytest.fixture
def signed() -> Iterator[list[Any]]:
    signed: list[Any] = []
    with (
        user_logged_in.connected_to(lambda app, *, user: signed.append(("in", app, user))),
        user_logged_out.connected_to(lambda app, *, user: signed.append(("out", app, user))),
        failed_login.connected_to(lambda name: signed.append(("failed", name))),
    ):
        yield signed


@pytest.fixture
def nora() -> Any:
    return get_user_model().objects.create_user("nora", "nora@example.org", "secret")


def test_signing_in_and_out_are_told_of_with_the_person(host: Portico, signed: list[Any], nora: Any) -> None:
    client = Client()

    client.get("/in", {"name": "nora", "password": "secret"})
    client.get("/out")

    assert [(what, app) for what, app, _ in signed] == [("in", apps), ("out", apps)]
    for _, _, person in signed:
        assert (person.id, person.name, person.email, person.account) == (nora.pk, "nora", "nora@example.org", nora)


def test_a_person_without_an_address_has_none(host: Portico, signed: list[Any]) -> None:
    get_user_model().objects.create_user("ada", password="secret")

    Client().get("/in", {"name": "ada", "password": "secret"})

    assert signed[0][2].email is None


def test_signing_out_when_nobody_is_signed_in_is_nothing(host: Portico, signed: list[Any]) -> None:
    Client().get("/out")

    assert signed == []


@pytest.mark.parametrize("name", ["nora", "nobody"])
def test_a_failed_attempt_is_told_of_once_with_the_name_as_typed(
    host: Portico, signed: list[Any], nora: Any, name: str
) -> None:
    response = Client().get("/in", {"name": name, "password": "wrong"})

    assert response.status_code == 403
    assert signed == [("failed", name)]


def test_an_attempt_without_a_name_is_none_of_a_person(host: Portico, signed: list[Any]) -> None:
    from django.contrib.auth import authenticate

    assert authenticate(None, token="t") is None
    assert signed == []


def test_a_plugin_that_fails_keeps_nobody_from_signing_in(host: Portico, nora: Any) -> None:
    host.know(Failing)
    host.plugins.enable("Failing")

    assert Client().get("/in", {"name": "nora", "password": "secret"}).status_code == 200
