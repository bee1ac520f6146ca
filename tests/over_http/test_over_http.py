"""Applications of every framework on real servers with several workers, run from the wheel of the library alone."""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.architecture.environments import ROOT, Environment
from tests.over_http.workers import WORKERS, Workers, workers_in

GUNICORN = ["gunicorn", "--bind", "fd://{fd}", "--workers", str(WORKERS), "--no-control-socket"]
UVICORN = ["uvicorn", "--fd", "{fd}", "--workers", str(WORKERS), "--no-access-log"]
WITHOUT_END = "asgi without lifespans"
"""uvicorn ends its processes by the signal that it was sent, and tells nobody but by a lifespan."""
BEFORE_THE_FORK = "flask, loaded before the fork"
SERVED = {
    "flask": [*GUNICORN, "tests.over_http.applications.of_flask:app"],
    BEFORE_THE_FORK: [*GUNICORN, "--preload", "tests.over_http.applications.of_flask:app"],
    "fastapi": [*UVICORN, "tests.over_http.applications.of_fastapi:app"],
    "asgi": [*UVICORN, "tests.over_http.applications.of_asgi:app"],
    WITHOUT_END: [*UVICORN, "--lifespan", "off", "tests.over_http.applications.of_asgi:app"],
    "django": [*GUNICORN, "tests.over_http.applications.of_django:wsgi"],
    "django, asynchronous": [*UVICORN, "tests.over_http.applications.of_django:asgi"],
}
SECONDS = 1.0
"""Within how long every worker follows."""


@pytest.fixture
def single(environment: Environment, tmp_path: Path) -> Iterator[Workers]:
    """FastAPI on one worker."""
    command = [
        environment.bin / "python",
        "-m",
        "uvicorn",
        "--fd",
        "{fd}",
        "tests.over_http.applications.of_fastapi:app",
    ]
    with Workers(command, tmp_path, PYTHONPATH=str(ROOT)) as worker:
        yield worker


@pytest.fixture(params=list(SERVED))
def served(request: pytest.FixtureRequest, environment: Environment, tmp_path: Path) -> Iterator[Workers]:
    module, *options = SERVED[request.param]
    command = [environment.bin / "python", "-m", module, *options]
    with Workers(command, tmp_path, PYTHONPATH=str(ROOT)) as workers:
        yield workers


def switch(served: Workers, verb: str, plugin: str) -> float:
    """Switch a plugin in one worker; return when that was done."""
    path = "/switch" if "fastapi" in str(served.command) else "/"
    served.get(path, **{verb: plugin})
    return time.monotonic()


def test_a_plugin_that_is_switched_in_one_worker_is_so_in_all_within_a_second_and_leaves_nothing_when_it_is_off(
    served: Workers,
) -> None:
    before = served.each()
    assert {told["states"]["greeter"] for told in before.values()} == {"disabled"}

    switched = switch(served, "enable", "greeter")
    answers = served.get_until(lambda answers: len(workers_in(answers, switched + SECONDS)) >= WORKERS)
    late = [each.told for each in answers if each.asked_at >= switched + SECONDS]
    assert {told["states"]["greeter"] for told in late} == {"enabled"}
    assert {told["worker"] for told in late} == set(before)

    switched = switch(served, "disable", "greeter")
    after = served.each(since=switched + SECONDS)
    assert {told["states"]["greeter"] for told in after.values()} == {"disabled"}
    assert {pid: told["hooks"] for pid, told in after.items()} == {pid: told["hooks"] for pid, told in before.items()}
    assert not any(told["leaked"] for told in after.values())
    assert {kind for told in after.values() for kind in told["heard"]} == {"plain", "coroutine"}


def test_a_plugin_that_fails_at_every_request_takes_none_down_and_is_quarantined_in_all_workers(
    served: Workers,
) -> None:
    workers = set(served.each())

    switch(served, "enable", "failing")
    answers = served.get_until(
        lambda answers: (
            workers == {each.told["worker"] for each in answers if each.told["states"]["failing"] == "quarantined"}
        )
    )

    assert workers_in(answers) == workers
    last = served.each(since=time.monotonic())
    assert {told["states"]["failing"] for told in last.values()} == {"quarantined"}
    assert {told["states"]["steady"] for told in last.values()} == {"enabled"}


def lasting(folder: Path) -> dict[tuple[int, str], list[str]]:
    """Return what each plugin did in each process with what it has open, by process and plugin."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for line in (folder / "lasting.txt").read_text().splitlines():
        pid, name, what = line.split()
        found[int(pid), name].append(what)
    return found


@pytest.mark.parametrize("served", sorted(SERVED.keys() - {WITHOUT_END, BEFORE_THE_FORK}), indirect=True)
def test_what_a_plugin_opened_is_closed_once_in_each_worker_by_disabling_it_by_its_quarantine_and_by_the_end(
    served: Workers, tmp_path: Path
) -> None:
    workers = set(served.each())
    for verb in ("enable", "disable", "enable"):
        served.each(since=switch(served, verb, "greeter") + SECONDS)
    switch(served, "enable", "failing")
    served.get_until(lambda answers: {each.told["states"]["failing"] for each in answers[-WORKERS:]} == {"quarantined"})

    served.stop()

    done = lasting(tmp_path)
    once = ["opened", "closed"]
    assert {pid: done[pid, "steady"] for pid in workers} == dict.fromkeys(workers, once)
    assert {pid: done[pid, "greeter"] for pid in workers} == dict.fromkeys(workers, once * 2)
    # A worker may hear of the quarantine before the enabling, or of the enabling when it has quarantined it already.
    failing = [whats for (_, name), whats in done.items() if name == "failing"]
    assert failing
    assert all(whats == once * (len(whats) // 2) for whats in failing)
    assert {pid for pid, _ in done} == workers


@pytest.mark.parametrize("served", [BEFORE_THE_FORK], indirect=True)
def test_what_was_opened_before_the_fork_is_closed_by_who_opened_it(served: Workers, tmp_path: Path) -> None:
    workers = set(served.each())

    served.stop()

    ((pid, name), whats), *others = lasting(tmp_path).items()
    assert (name, whats, others) == ("steady", ["opened", "closed"], [])
    assert pid not in workers


@pytest.mark.parametrize("served", ["flask"], indirect=True)
def test_the_hooks_of_a_plugin_are_taken_out_of_every_worker_and_come_back(served: Workers) -> None:
    def hooks(since: float) -> dict[int, int]:
        return {pid: told["hooks"] for pid, told in served.each(since=since).items()}

    before = hooks(0)
    without = hooks(switch(served, "disable", "pages") + SECONDS)
    again = hooks(switch(served, "enable", "pages") + SECONDS)

    assert without == {pid: number - 4 for pid, number in before.items()}
    assert again == before


@pytest.mark.parametrize(("parts", "is_complete"), [(10, True), (1_000_000, False)])
def test_a_response_that_the_client_did_not_wait_for_is_told_of_as_incomplete(
    single: Workers, parts: int, is_complete: bool
) -> None:
    with httpx.stream("GET", f"{single.url}/stream", params={"parts": parts}, trust_env=False) as response:
        if is_complete:
            response.read()
        else:
            next(response.iter_bytes())

    assert single.get("/next-end").told == {"is_complete": is_complete}
