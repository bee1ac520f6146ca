"""What every store does, wherever it keeps the state of plugins."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.host.stores import EXPIRES
from portico.plugins import Desired, ProcessReport
from tests.host.places import KINDS, SHARED, OpenPlace, Place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, open_place: OpenPlace) -> Place:
    return open_place(request.param)


@pytest.fixture(params=SHARED)
def shared(request: pytest.FixtureRequest, open_place: OpenPlace) -> Place:
    return open_place(request.param)


def report(process: str, plugin: str = "flaky", state: str = "enabled") -> ProcessReport:
    return ProcessReport(process, plugin, state, None, 0, needs_restart=False, seen_at=datetime.now(UTC))


# -- what is desired --------------------------------------------------------------------------------------------------


def test_nothing_is_remembered_at_first(place: Place) -> None:
    store = place.open()

    assert (store.load(), store.revision(), list(store.reports())) == ({}, 0, [])


def test_the_last_switch_is_what_is_remembered_under_a_revision_of_its_own(place: Place) -> None:
    store = place.open()

    store.save("flaky", enabled=True)
    store.save("flaky", enabled=False)
    saved = store.save("audit", enabled=True, quarantine="failed 5 times in a row")
    proving = store.save("moody", enabled=True, probation=True)

    assert saved == Desired(enabled=True, quarantine="failed 5 times in a row", revision=3)
    other = place.open()
    assert other.load() == {"flaky": Desired(enabled=False, revision=2), "audit": saved, "moody": proving}
    assert other.revision() == store.revision() == 4


def test_what_one_changes_another_that_has_looked_before_sees(place: Place) -> None:
    one, other = place.open(), place.open()
    seen = []

    for number in range(1, 6):
        one.save("flaky", enabled=bool(number % 2))
        seen.append((other.revision(), other.load()["flaky"]))

    assert seen == [(number, Desired(enabled=bool(number % 2), revision=number)) for number in range(1, 6)]


def test_plugins_whose_names_differ_in_case_or_accents_only_are_two(place: Place) -> None:
    names = ["audit", "Audit", "audít", "audi\N{COMBINING ACUTE ACCENT}t", "a" * 200, "\N{PARTY POPPER}"]
    store = place.open()

    for name in names:
        store.save(name, enabled=True)
    store.report("here:1:x", [report("here:1:x", name) for name in names])

    assert set(store.load()) == set(names)
    assert {each.plugin for each in store.reports()} == set(names)


def test_a_long_cause_is_kept_whole(place: Place) -> None:
    cause = "ä" * 70_000
    store = place.open()

    store.save("flaky", enabled=True, quarantine=cause)

    assert place.open().load()["flaky"].quarantine == cause


def test_threads_that_switch_at_once_get_different_revisions(place: Place) -> None:
    store = place.open()
    revisions: list[int] = []

    def switch(name: str) -> None:
        revisions.extend(store.save(name, enabled=True).revision for _ in range(5))

    threads = [Thread(target=switch, args=(name,)) for name in ("audit", "flaky", "welcome_mail")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(revisions) == list(range(1, 16))
    assert store.revision() == 15


# -- what processes report --------------------------------------------------------------------------------------------


def test_a_report_is_kept_whole(place: Place) -> None:
    said = ProcessReport(
        "elsewhere:1",
        "audit",
        "failed",
        "OSError: disk full",
        3,
        needs_restart=True,
        seen_at=datetime.now(UTC),
        requires=("one", "two, three"),
    )

    place.open().report("elsewhere:1", [said])

    (kept,) = place.open().reports()
    assert replace(kept, seen_at=said.seen_at) == said


def test_the_age_of_a_report_is_the_time_since_it_was_stored(place: Place) -> None:
    store = place.open()
    before = datetime.now(UTC)

    store.report("elsewhere:1", [replace(report("elsewhere:1"), seen_at=before - timedelta(days=1))])

    (kept,) = store.reports()
    # A server answers a moment after it looked at its clock, and the age is counted from when the answer is here.
    assert before - timedelta(milliseconds=1) <= kept.seen_at <= datetime.now(UTC) + timedelta(milliseconds=1)
    assert kept.seen_at.utcoffset() == timedelta()


def test_a_process_replaces_what_it_said_before_and_leaves_the_others_alone(place: Place) -> None:
    store = place.open()
    store.report("elsewhere:1", [report("elsewhere:1")])
    store.report("elsewhere:2", [report("elsewhere:2"), report("elsewhere:2", "audit")])

    store.report("elsewhere:2", [report("elsewhere:2", state="failed")])

    said = {(each.process, each.plugin): each.state for each in place.open().reports()}
    assert said == {("elsewhere:1", "flaky"): "enabled", ("elsewhere:2", "flaky"): "failed"}


def test_a_process_can_withdraw_what_it_said(place: Place) -> None:
    store = place.open()
    store.report("elsewhere:1", [report("elsewhere:1")])

    store.report("elsewhere:1", ())

    assert list(store.reports()) == []


def test_a_report_changes_no_revision_and_nothing_that_is_desired(place: Place) -> None:
    store = place.open()
    saved = store.save("flaky", enabled=True)

    store.report("elsewhere:1", [report("elsewhere:1")])

    assert (store.revision(), store.load()) == (1, {"flaky": saved})


def test_what_was_said_long_ago_has_expired(place: Place) -> None:
    store = place.open()
    store.report("elsewhere:1", [report("elsewhere:1")])
    store.report("elsewhere:2", [report("elsewhere:2")])

    place.grow_older(EXPIRES - timedelta(minutes=1))
    nearly = {each.process for each in store.reports()}
    store.report("elsewhere:2", [report("elsewhere:2")])
    place.grow_older(timedelta(minutes=2))

    assert nearly == {"elsewhere:1", "elsewhere:2"}
    assert [each.process for each in store.reports()] == ["elsewhere:2"]


def test_a_process_of_this_machine_that_has_ended_is_left_out(place: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    machine = socket.gethostname()
    store = place.open()

    for process in (f"{machine}:{ended.pid}", f"{machine}:{os.getpid()}", f"{machine}:1", "elsewhere:1", "no number"):
        store.report(process, [report(process)])

    running = {f"{machine}:{os.getpid()}", f"{machine}:1", "elsewhere:1", "no number"}
    assert {each.process for each in store.reports()} == running


# -- several processes ------------------------------------------------------------------------------------------------

WRITE = """
import sys
from datetime import UTC, datetime
from portico.plugins import ProcessReport
{program}
me = "elsewhere:" + sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    name = "shared" if number % 2 else me
    saved = store.save(name, enabled=True, quarantine=me + " " + str(number))
    print(saved.revision, name, saved.quarantine, sep="|", flush=True)
    store.report(me, [ProcessReport(me, name, "enabled", None, number, needs_restart=False, seen_at=datetime.now(UTC))])
"""


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(running: ExitStack, place: Place, number: int, writes: int) -> subprocess.Popen[str]:
    program = WRITE.format(program=place.program)
    process = running.enter_context(
        subprocess.Popen(
            [sys.executable, "-c", program, str(number), str(writes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
    running.callback(process.kill)
    return process


def test_of_processes_that_write_at_once_no_change_is_lost_and_no_two_are_one(
    shared: Place, running: ExitStack
) -> None:
    processes = [start(running, shared, number, writes=12) for number in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    store, seen = shared.open(), [0]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    while seen[-1] < 48 and any(process.poll() is None for process in processes):
        seen.append(store.revision())

    said = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in said] == [""] * 4
    saved = sorted((int(line.split("|")[0]), *line.split("|")[1:]) for out, _ in said for line in out.splitlines())
    assert [revision for revision, *_ in saved] == list(range(1, 49))
    assert seen == sorted(seen)
    last = {name: (revision, quarantine) for revision, name, quarantine in saved}
    assert {name: (each.revision, each.quarantine) for name, each in store.load().items()} == last
    assert {each.process: each.failures for each in store.reports()} == {f"elsewhere:{n}": 11 for n in range(4)}


def test_a_process_that_is_killed_while_it_writes_leaves_a_store_that_works(shared: Place, running: ExitStack) -> None:
    process = start(running, shared, 1, writes=100_000)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    process.stdout.readline()
    told = [process.stdout.readline() for _ in range(20)]

    process.kill()

    told += process.stdout.read().splitlines()
    last = max(int(line.split("|")[0]) for line in told if line.count("|") == 2)
    store = shared.open()
    kept = store.revision()
    assert kept in {last, last + 1}
    assert max(each.revision for each in store.load().values()) == kept
    assert store.save("after", enabled=True).revision == kept + 1


# -- a plain dictionary does the same ---------------------------------------------------------------------------------

NAMES = st.sampled_from(["audit", "Audit", "flaky"]) | st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=80)
SAVES = st.tuples(st.just("save"), NAMES, st.booleans(), st.none() | TEXTS, st.booleans())
REPORTS = st.tuples(
    st.just("report"),
    st.sampled_from(["elsewhere:1", "elsewhere:2", "Elsewhere:2"]),
    st.dictionaries(NAMES, st.tuples(st.none() | TEXTS, st.integers(0, 2**31 - 1), st.lists(NAMES)), max_size=3),
)
OPERATIONS = st.lists(SAVES | REPORTS | st.just(("reopen",)), max_size=12)


def test_a_store_is_what_a_dictionary_would_be(place: Place) -> None:
    @settings(max_examples=30)
    @given(OPERATIONS)
    def check(operations: list[tuple[object, ...]]) -> None:
        place.empty()
        store = place.open()
        desired: dict[str, Desired] = {}
        said: dict[tuple[str, str], tuple[object, ...]] = {}
        revision = 0
        for operation in operations:
            match operation:
                case ("save", str(name), bool(enabled), (None | str()) as quarantine, bool(probation)):
                    revision += 1
                    saved = store.save(name, enabled=enabled, quarantine=quarantine, probation=probation)
                    desired[name] = Desired(enabled, quarantine, probation, revision)
                    assert saved == desired[name]
                case ("report", str(process), dict(plugins)):
                    said = {key: value for key, value in said.items() if key[0] != process}
                    said |= {(process, plugin): (*rest,) for plugin, rest in plugins.items()}
                    store.report(
                        process,
                        [
                            replace(report(process, plugin), failure=failure, failures=number, requires=tuple(requires))
                            for plugin, (failure, number, requires) in plugins.items()
                        ],
                    )
                case _:
                    store = place.open()
            assert (store.revision(), store.load()) == (revision, desired)
        kept = {
            (each.process, each.plugin): (each.failure, each.failures, [*each.requires]) for each in store.reports()
        }
        assert kept == said

    check()
