"""Several processes of one portal, as two hosts' services see one store; real processes are in the journeys."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from portico import Limits, Portico
from portico.builtin import failed_login
from portico.host import MemoryStateStore, PluginService
from portico.host.processes import CHECK_SECONDS, REPORT_SECONDS, Processes
from portico.plugins import (
    Desired,
    ISignal,
    Plugin,
    PluginManager,
    PluginState,
    ProcessReport,
    candidate_from_class,
    implements,
)


class Greeting(Plugin):
    implements(ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {failed_login: [lambda name: f"hello {name}"]}


class Needing(Plugin):
    requires: tuple[str, ...] = ("Greeting",)


class NeedingMore(Plugin):
    requires: tuple[str, ...] = ("Needing",)


class Alone(Plugin):
    pass


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Counting(MemoryStateStore):
    """A store that counts how often it is asked, and that can be away."""

    asked = 0
    reported = 0
    away = False

    def revision(self) -> int:
        self.asked += 1
        if self.away:
            raise OSError("the database is away")
        return super().revision()

    def report(self, process: str, reports: Any) -> None:
        self.reported += 1
        super().report(process, reports)


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager() -> Iterator[PluginManager]:
    manager = PluginManager([candidate_from_class(Greeting), candidate_from_class(Needing)])
    yield manager
    manager.close()


@pytest.fixture
def here(manager: PluginManager, store: Counting, clock: Clock) -> Processes:
    return Processes(manager, store, clock)


def test_a_change_of_another_process_is_followed(here: Processes, manager: PluginManager, store: Counting) -> None:
    store.save("Greeting", enabled=True)

    here.check()

    assert failed_login.collect("jane") == ["hello jane"]


def test_the_store_is_asked_at_most_twice_a_second(here: Processes, store: Counting, clock: Clock) -> None:
    for _ in range(10):
        here.check()
    clock.now += CHECK_SECONDS
    here.check()

    assert CHECK_SECONDS >= 0.5
    assert store.asked == 2


def test_what_failed_here_is_not_tried_again_until_somebody_switches_it_anew(
    here: Processes, manager: PluginManager, store: Counting, clock: Clock
) -> None:
    store.save("Needing", enabled=True)
    for _ in range(3):
        here.check()
        clock.now += CHECK_SECONDS
    store.save("nothing", enabled=True)
    here.check()
    assert manager.get("Needing").failures == 1

    store.save("Greeting", enabled=True)
    store.save("Needing", enabled=True)
    clock.now += CHECK_SECONDS
    here.check()

    assert manager.state("Needing") is PluginState.ENABLED


def test_plugins_that_need_one_another_are_disabled_together(
    here: Processes, manager: PluginManager, store: Counting
) -> None:
    manager.enable_all(["Greeting", "Needing"])
    store.save("Greeting", enabled=False)
    store.save("Needing", enabled=False)

    here.check()

    assert {status.state for status in manager.list()} == {PluginState.DISABLED}


def test_what_can_be_disabled_is_and_the_rest_when_it_can_be(
    here: Processes, manager: PluginManager, store: Counting, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    manager.add(candidate_from_class(Alone))
    manager.enable_all(["Greeting", "Needing", "Alone"])
    for name in ("Greeting", "Alone"):
        store.save(name, enabled=False)

    here.check()
    assert {each.name: each.state.value for each in manager.list()} == {
        "Alone": "disabled",
        "Greeting": "enabled",
        "Needing": "enabled",
    }
    assert "cannot disable 'Greeting': 'Needing' requires it; disable that first" in caplog.text
    store.save("Needing", enabled=False)
    clock.now += CHECK_SECONDS
    here.check()

    assert {each.state for each in manager.list()} == {PluginState.DISABLED}


def test_what_stays_enabled_keeps_what_it_requires_in_turn(manager: PluginManager) -> None:
    manager.add(candidate_from_class(NeedingMore))
    manager.enable_all(["Greeting", "Needing", "NeedingMore"])

    refused = manager.disable_unneeded(["Greeting", "Needing"])

    assert sorted(refused) == ["Greeting", "Needing"]
    assert {each.state for each in manager.list()} == {PluginState.ENABLED}


def test_a_plugin_that_another_process_found_is_looked_for(store: Counting, clock: Clock) -> None:
    found = [candidate_from_class(Greeting)]
    manager = PluginManager(found, find=lambda: found)
    here = Processes(manager, store, clock)
    found.append(candidate_from_class(Alone))

    store.save("Alone", enabled=True)
    here.check()

    assert manager.state("Alone") is PluginState.ENABLED
    manager.close()


def test_a_process_says_what_a_plugin_requires_once_it_was_imported(
    here: Processes, manager: PluginManager, store: Counting
) -> None:
    manager.enable_all(["Greeting", "Needing"])

    here.check()

    assert {each.plugin: each.requires for each in store.reports()} == {"Greeting": (), "Needing": ("Greeting",)}


def test_a_quarantine_and_a_probation_are_followed(
    here: Processes, manager: PluginManager, store: Counting, clock: Clock
) -> None:
    manager.enable("Greeting")
    store.save("Greeting", enabled=True, quarantine="failed 5 times in a row: ValueError")
    here.check()
    quarantined = manager.get("Greeting")
    store.save("Greeting", enabled=True, probation=True)
    clock.now += CHECK_SECONDS
    here.check()

    assert quarantined.state is PluginState.QUARANTINED
    assert quarantined.quarantine is not None
    assert quarantined.quarantine.cause == "failed 5 times in a row: ValueError"
    assert manager.get("Greeting").on_probation


def test_a_process_reports_when_something_changed_and_now_and_then(
    here: Processes, manager: PluginManager, store: Counting, clock: Clock
) -> None:
    for _ in range(3):
        here.check()
        clock.now += CHECK_SECONDS
    assert store.reported == 1
    manager.enable("Greeting")
    here.check()
    assert store.reported == 2
    clock.now += REPORT_SECONDS
    here.check()
    assert store.reported == 3

    assert {report.plugin: report.state for report in store.reports()} == {"Greeting": "enabled", "Needing": "disabled"}
    here.end()
    assert list(store.reports()) == []


def test_a_store_that_is_away_is_said_once_and_requests_go_on(
    here: Processes, store: Counting, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store.away = True
    for _ in range(3):
        here.check()
        clock.now += CHECK_SECONDS
    assert [record.message for record in caplog.records] == [
        "the state of plugins could not be looked up; this process stays as it is"
    ]

    store.away = False
    store.save("Greeting", enabled=True)
    here.check()

    assert failed_login.collect("jane") == ["hello jane"]


def test_a_process_that_does_not_know_a_plugin_is_told_of_as_one_that_needs_a_restart(
    manager: PluginManager, store: Counting
) -> None:
    service = PluginService(manager, store)
    service.open()
    service.enable("Greeting")
    seen_at = service.processes("Greeting")[0].seen_at
    other = ProcessReport("elsewhere:1", "Needing", "disabled", None, 0, needs_restart=False, seen_at=seen_at)
    store.report("elsewhere:1", [other])

    _, there = service.processes("Greeting")

    assert (there.process, there.state, there.needs_restart) == ("elsewhere:1", "disabled", True)
    assert service.differing() == {"Greeting"}


def test_where_processes_differ_is_known(manager: PluginManager, store: Counting) -> None:
    service = PluginService(manager, store)
    service.open()
    service.enable("Greeting")
    other = ProcessReport(
        "elsewhere:1", "Greeting", "failed", "OSError: no disk", 1, needs_restart=False,
        seen_at=service.processes("Greeting")[0].seen_at,
    )  # fmt: skip
    store.report("elsewhere:1", [other])

    here, there = service.processes("Greeting")

    assert (here.state, replace(there, seen_at=other.seen_at)) == ("enabled", other)
    assert service.differing() == {"Greeting"}


def test_a_quarantine_that_is_stored_before_the_enabling_that_it_came_after_is_stored_again() -> None:
    class Failing(Plugin):
        implements(ISignal)
        name = "failing"

        def get_signal_subscriptions(self) -> Any:
            return {failed_login: [lambda name: 1 / 0]}

    class Slow(MemoryStateStore):
        """Takes so long to store an enabling that a request comes and goes."""

        def save(self, name: str, *, enabled: bool, quarantine: str | None = None, probation: bool = False) -> Desired:
            if quarantine is None:
                failed_login.send("jane")
                host.plugins.settle()
            return super().save(name, enabled=enabled, quarantine=quarantine, probation=probation)

    store = Slow()
    with Portico(state=store, limits=Limits(failures_in_a_row=1)) as host:
        host.know(Failing)
        host.plugins.enable("failing")
        host.plugins.settle()

        assert host.plugins.get("failing").state is PluginState.QUARANTINED
        assert store.load()["failing"].quarantine is not None
