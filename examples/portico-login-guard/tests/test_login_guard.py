from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
from portico_login_guard.plugin import MOST_NAMES, LoginGuard, Tally
from portico_login_guard.settings import Settings
from portico_login_guard.signals import guessing_suspected

import portico.toolkit as tk


@dataclass
class Account:
    name: str
    id: int = 1
    email: str | None = None


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def suspected() -> Iterator[list[tuple[str, int]]]:
    """What another plugin hears."""
    heard: list[tuple[str, int]] = []

    def note(name: str, /, *, failures: int, seconds: float) -> None:  # noqa: ARG001 - a typed receiver names every field
        heard.append((name, failures))

    with guessing_suspected.connected_to(note):
        yield heard


def fail(name: str, times: int) -> None:
    """What a portal does when a sign-in fails."""
    for _ in range(times):
        tk.signals.failed_login.send(name)


def test_guessing_is_told_once_and_with_its_number(suspected: list[tuple[str, int]]) -> None:
    with tk.use_plugin("login_guard"):
        fail("jane", 4)
        assert suspected == []

        fail("jane", 3)

    assert suspected == [("jane", 5)]


def test_failures_of_different_names_are_counted_apart_whatever_their_case(suspected: list[tuple[str, int]]) -> None:
    with tk.use_plugin(LoginGuard):
        fail("jane", 3)
        fail("john", 4)
        fail("JANE", 2)

    assert suspected == [("JANE", 5)]


def test_who_signs_in_begins_anew(suspected: list[tuple[str, int]]) -> None:
    with tk.use_plugin(LoginGuard):
        fail("jane", 4)
        tk.signals.user_logged_in.send(object(), user=Account("Jane"))
        fail("jane", 4)

    assert suspected == []


def test_the_number_is_a_setting(suspected: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN_GUARD_FAILURES", "2")

    with tk.use_plugin(LoginGuard):
        fail("jane", 2)

    assert suspected == [("jane", 2)]


@pytest.mark.parametrize("value", ["many", "0", "-3", "inf", "nan"])
def test_a_setting_that_cannot_be_used_is_named_and_nothing_is_connected(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN_GUARD_FAILURES", value)

    with pytest.raises(tk.PluginError, match=f"LOGIN_GUARD_FAILURES is '{value}'"), tk.use_plugin(LoginGuard):
        pass

    assert not tk.signals.failed_login.receivers


def test_failures_long_ago_do_not_count_and_a_quiet_time_ends_the_suspicion() -> None:
    clock = Clock()
    tally = Tally(Settings(failures=2, seconds=10), clock)

    told = []
    for clock.now in (0, 11, 20, 21, 50, 51):
        told.append(tally.add("jane"))

    assert told == [0, 0, 2, 0, 0, 2]


def test_memory_is_bounded_whatever_strangers_type() -> None:
    tally = Tally(Settings(failures=1))

    for number in range(MOST_NAMES + 10):
        tally.add(str(number))

    assert len(tally._failures) == len(tally._told) == MOST_NAMES


def test_threads_that_fail_at_once_are_told_once(suspected: list[tuple[str, int]]) -> None:
    with tk.use_plugin(LoginGuard):
        threads = [Thread(target=fail, args=("jane", 10)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert suspected == [("jane", 5)]
