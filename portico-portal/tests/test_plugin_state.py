import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest

from portico.plugins import Desired, ProcessReport
from portico_portal import Database
from portico_portal.plugin_state import EXPIRES, DatabaseStateStore
from tests.running import MovableClock


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgresql_database")


def report(process: str, plugin: str = "flaky", state: str = "enabled") -> ProcessReport:
    return ProcessReport(process, plugin, state, None, 0, needs_restart=False, seen_at=datetime.now(UTC))


def test_what_a_plugin_requires_is_kept_with_what_a_process_says(either: Database) -> None:
    store = DatabaseStateStore(either)

    store.report("elsewhere:1", [replace(report("elsewhere:1", "audit"), requires=("one", "two, three"))])

    assert [each.requires for each in store.reports()] == [("one", "two, three")]


def test_nothing_is_remembered_at_first(either: Database) -> None:
    store = DatabaseStateStore(either)

    assert (store.load(), store.revision(), list(store.reports())) == ({}, 0, [])


def test_the_last_switch_is_what_is_remembered_under_a_revision_of_its_own(either: Database) -> None:
    store = DatabaseStateStore(either)

    store.save("flaky", enabled=True)
    store.save("flaky", enabled=False)
    saved = store.save("audit", enabled=True, quarantine="failed 5 times in a row")

    assert saved == Desired(enabled=True, quarantine="failed 5 times in a row", revision=3)
    assert DatabaseStateStore(either).load() == {"flaky": Desired(enabled=False, revision=2), "audit": saved}
    assert store.revision() == 3


def test_switches_at_the_same_moment_get_different_revisions(either: Database) -> None:
    revisions: list[int] = []

    def switch(name: str) -> None:
        revisions.extend(DatabaseStateStore(either).save(name, enabled=True).revision for _ in range(5))

    threads = [Thread(target=switch, args=(name,)) for name in ("audit", "flaky", "welcome_mail")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(revisions) == list(range(1, 16))
    assert DatabaseStateStore(either).revision() == 15


def test_a_process_replaces_what_it_said_before_and_leaves_the_others_alone(either: Database) -> None:
    store = DatabaseStateStore(either)
    store.report("elsewhere:1", [report("elsewhere:1")])
    store.report("elsewhere:2", [report("elsewhere:2"), report("elsewhere:2", "audit")])

    store.report("elsewhere:2", [report("elsewhere:2", state="failed")])

    said = {(each.process, each.plugin): each.state for each in store.reports()}
    assert said == {("elsewhere:1", "flaky"): "enabled", ("elsewhere:2", "flaky"): "failed"}


def test_what_was_said_long_ago_has_expired(either: Database, clock: MovableClock) -> None:
    store = DatabaseStateStore(either, clock)
    store.report("elsewhere:1", [report("elsewhere:1")])

    clock.move(seconds=EXPIRES.total_seconds() + 1)
    expired = list(store.reports())
    store.report("elsewhere:2", [report("elsewhere:2")])
    clock.move(seconds=-1)

    assert expired == []
    assert [each.process for each in store.reports()] == ["elsewhere:2"]


def test_a_process_of_this_machine_that_has_ended_is_left_out(either: Database) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    machine = socket.gethostname()
    store = DatabaseStateStore(either)

    for process in (f"{machine}:{ended.pid}", f"{machine}:{os.getpid()}", f"{machine}:1", "elsewhere:1"):
        store.report(process, [report(process)])

    assert {each.process for each in store.reports()} == {f"{machine}:{os.getpid()}", f"{machine}:1", "elsewhere:1"}
