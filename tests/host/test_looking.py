"""What a process sees and does that only looks at an application."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import flask
import pytest

from portico import IPluginBootstrap, Plugin, Portico, implements, use_plugin
from portico.builtin import request_started
from portico.errors import HostError, StoreError
from portico.host import MemoryStateStore, current_host, is_looking, looking
from portico.plugins import PluginState, ProcessReport
from tests.host.conftest import MakeHost

PLUGIN = "raise SystemExit('imported')\n"


class Loud(Plugin):
    """Fails when it is started."""

    implements(IPluginBootstrap)

    def bootstrap(self) -> NoReturn:
        raise AssertionError("bootstrap ran")


class Counting(MemoryStateStore):
    """A store that counts what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def report(self, process: str, reports: Sequence[ProcessReport]) -> None:
        self.written += 1
        super().report(process, reports)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plugin folder whose plugin cannot be imported without anybody noticing."""
    (tmp_path / "loudest.py").write_text(PLUGIN)
    return tmp_path


@pytest.fixture(autouse=True)
def path() -> Iterator[None]:
    before = list(sys.path)
    yield
    assert sys.path == before


def report(plugin: str, state: str, process: str = "elsewhere:1") -> ProcessReport:
    return ProcessReport(process, plugin, state, None, 2, needs_restart=False, seen_at=datetime.now(UTC))


def test_a_host_that_is_looked_at_enables_imports_and_reports_nothing(make_host: MakeHost, folder: Path) -> None:
    store = Counting()

    with looking():
        host = make_host(plugins=[Loud, "loudest"], plugin_folder=folder, state=store).open()
        host.plugins.check()
        host.plugins.settle()
        host.close()

    assert "loudest" not in sys.modules
    assert store.written == 0


def test_it_is_there_and_not_at_work(make_host: MakeHost) -> None:
    with looking():
        host = make_host().open()

        assert current_host() is host
        assert not host.is_open
        assert repr(host) == "<Portico host, looked at>"
        assert host.open() is host


def test_its_plugins_are_listed_as_they_are_wanted(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    store.save("Loud", enabled=True, quarantine="was loud")

    with looking():
        host = make_host(plugins=[Loud], state=store).open()

        assert host.plugins.get("Loud").state is PluginState.QUARANTINED
        assert [each.state for each in host.plugins.list() if each.name == "Loud"] == [PluginState.QUARANTINED]


def test_what_its_processes_report_comes_first_and_this_one_has_nothing_to_say(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    store.report("elsewhere:1", [report("Loud", "failed")])

    with looking():
        host = make_host(plugins=[Loud], state=store).open()
        failed = host.plugins.get("Loud")
        store.report("elsewhere:2", [replace(report("Loud", "enabled"), process="elsewhere:2")])
        differing = host.plugins.get("Loud")

        assert (failed.state, failed.failures) == (PluginState.FAILED, 2)
        assert (differing.state, differing.failures) == (PluginState.ENABLED, 4)
        assert [each.process for each in host.plugins.processes("Loud")] == ["elsewhere:1", "elsewhere:2"]


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("verb", ["enable", "disable", "quarantine"])
def test_nothing_is_switched_by_it(make_host: MakeHost, verb: str, opened: bool) -> None:
    store = MemoryStateStore()
    with looking():
        host = make_host(plugins=[Loud], state=store)
        if opened:
            host.open()

        with pytest.raises(HostError, match=f"cannot {verb} 'Loud': this process only looks"):
            getattr(host.plugins, verb)("Loud")

    assert store.load() == {}


def test_plugins_are_not_used_either() -> None:
    with looking(), pytest.raises(HostError, match="cannot use plugins"), use_plugin(Loud):
        pass


def test_extensions_of_ckan_are_not_loaded_either(make_host: MakeHost) -> None:
    from portico.compat.ckan.loading import load

    with looking():
        make_host(plugins=[Loud]).open()

        with pytest.raises(HostError, match="cannot load Loud"):
            load("Loud")


def test_it_is_opened_for_real_afterwards(make_host: MakeHost) -> None:
    with looking():
        host = make_host().open()

    host.open()

    assert host.is_open
    assert not is_looking()


def test_blocks_can_be_nested() -> None:
    with looking():
        with looking():
            pass
        assert is_looking()
    assert not is_looking()


def test_a_host_that_was_open_before_goes_on(make_host: MakeHost) -> None:
    class Quiet(Plugin):
        """Does nothing."""

    host = make_host(plugins=[Quiet]).open()

    with looking():
        host.plugins.disable("Quiet")

        assert host.is_open
        assert host.plugins.get("Quiet").state is PluginState.DISABLED


def test_a_flask_application_has_its_host_and_answers_no_request(make_host: MakeHost) -> None:
    app = flask.Flask("shop")
    app.testing = True
    app.add_url_rule("/", view_func=lambda: "hello")

    with looking():
        host = make_host(plugins=[Loud])
        host.init_app(app)
        with app.app_context():
            assert flask.current_app.extensions["portico"] is host
        with pytest.raises(HostError, match="this process only looks"):
            app.test_client().get("/")
        host.close()

    assert "portico" not in app.extensions
    assert app.test_client().get("/").text == "hello"
    assert request_started.collect(app) == []


def test_a_second_host_replaces_the_first_here_too(make_host: MakeHost, caplog: pytest.LogCaptureFixture) -> None:
    first, second = flask.Flask("first"), flask.Flask("second")
    first.testing = True

    with looking():
        make_host().init_app(first)
        make_host().init_app(second)

        assert current_host() is second.extensions["portico"]
        with pytest.raises(HostError, match="this application has no host any more"):
            first.test_client().get("/")
    assert "replaces the one opened at" in caplog.text


def test_a_store_that_cannot_be_read_is_told_as_such() -> None:
    class Away(MemoryStateStore):
        def load(self) -> NoReturn:
            raise OSError("no route to host")

    with (
        looking(),
        Portico(state=Away()) as host,
        pytest.raises(StoreError, match="the store of the plugins' state cannot be read: OSError: no route to host"),
    ):
        host.plugins.list()


def test_switching_from_outside_is_refused_where_the_store_is_the_memory_of_a_process(make_host: MakeHost) -> None:
    plugins = make_host(plugins=[Loud]).plugins.from_outside

    with pytest.raises(HostError, match=r"in the memory of its process; .* Portico\(state=\.\.\.\)"):
        plugins.disable(["Loud"])
