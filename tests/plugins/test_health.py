from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import Limits, PluginManager, PluginState
from portico.signals import Namespace, Signal, observe_failures
from tests.plugins.conftest import MakeManager, subscribing


class Switchable:
    """A receiver that fails as long as it is broken."""

    def __init__(self, word: str = "fine") -> None:
        self.word = word
        self.broken = True

    def __call__(self, sender: object) -> str:
        if self.broken:
            raise LookupError("not there")
        return self.word


@pytest.fixture
def happened(acme: Namespace) -> Signal[...]:
    @acme.signal(policy="isolate")
    def happened(sender: object, /) -> None: ...

    return happened


MakeWatched = Callable[..., PluginManager]


@pytest.fixture
def watched(manage: MakeManager, request: pytest.FixtureRequest) -> MakeWatched:
    def make(*classes: Any, clock: Callable[[], float] = monotonic, **limits: Any) -> PluginManager:
        bearing = Limits(**{"failures_in_a_row": 3, "probation_receptions": 2} | limits)
        manager = manage(*classes, limits=bearing, clock=clock)
        request.addfinalizer(observe_failures(manager.note_failure))
        manager.enable_all([each.__name__ for each in classes])
        return manager

    return make


def fast(signal: Signal[...]) -> bool:
    """Tell whether sends take the way on which nobody looks."""
    return signal._registry.find(None) is not None


def test_a_receiver_that_keeps_failing_quarantines_its_plugin_and_no_other(
    happened: Signal[...], watched: MakeWatched
) -> None:
    broken = Switchable()
    other = subscribing("other", lambda: {happened: [lambda sender: "other"]})
    manager = watched(subscribing("one", lambda: {happened: [broken, lambda sender: "sound"]}), other)

    heard = [happened.collect(None) for _ in range(4)]

    assert heard == [["sound", "other"]] * 3 + [["other"]]
    status = manager.get("one")
    assert status.state is PluginState.QUARANTINED
    assert status.quarantine is not None
    assert status.quarantine.cause == "failed 3 times in a row: LookupError: not there"
    assert (status.failures, status.subscriptions) == (3, ())
    assert manager.get("other").state is PluginState.ENABLED
    assert manager.leaked_by("one") == ()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def send_each(signal: Signal[...], receiver: Switchable, broken: str) -> None:
    """Send once for each letter: `x` fails, `.` does not."""
    for letter in broken:
        receiver.broken = letter == "x"
        signal.send(None)


def test_failures_within_the_window_count_whatever_succeeds_in_between(
    happened: Signal[...], watched: MakeWatched, clock: Clock
) -> None:
    flaky = Switchable()
    manager = watched(subscribing("one", lambda: {happened: [flaky]}), clock=clock)

    for _ in range(2):
        send_each(happened, flaky, "x..........")
        clock.now += 299
    assert manager.state("one") is PluginState.ENABLED
    send_each(happened, flaky, "x")

    quarantine = manager.get("one").quarantine
    assert quarantine is not None
    assert quarantine.cause == "failed 3 times within 10 minutes: LookupError: not there"


def test_failures_that_are_longer_ago_than_the_window_count_no_more(
    happened: Signal[...], watched: MakeWatched, clock: Clock
) -> None:
    flaky = Switchable()
    manager = watched(subscribing("one", lambda: {happened: [flaky]}), clock=clock)

    for _ in range(10):
        send_each(happened, flaky, "x.")
        clock.now += 301

    assert manager.state("one") is PluginState.ENABLED


def test_failures_in_a_row_count_however_long_they_take(
    happened: Signal[...], watched: MakeWatched, clock: Clock
) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable()]}), clock=clock)

    for _ in range(3):
        happened.send(None)
        clock.now += 86_400

    quarantine = manager.get("one").quarantine
    assert quarantine is not None
    assert quarantine.cause == "failed 3 times in a row: LookupError: not there"


def test_failures_of_different_receivers_are_not_added_up(
    happened: Signal[...], watched: MakeWatched, clock: Clock
) -> None:
    one, two = Switchable(), Switchable()
    manager = watched(subscribing("one", lambda: {happened: [one, two]}), clock=clock)

    for broken, sound in ((one, two), (two, one), (one, two), (two, one)):
        broken.broken, sound.broken = True, False
        happened.send(None)

    assert manager.state("one") is PluginState.ENABLED


def test_without_a_window_only_failures_in_a_row_count(happened: Signal[...], watched: MakeWatched) -> None:
    flaky = Switchable()
    manager = watched(subscribing("one", lambda: {happened: [flaky]}), window_seconds=0)

    send_each(happened, flaky, "xx.xx.xx.")

    assert manager.get("one").state is PluginState.ENABLED


def test_sends_are_looked_at_only_between_a_failure_and_the_next_success(
    happened: Signal[...], watched: MakeWatched
) -> None:
    flaky = Switchable()
    watched(subscribing("one", lambda: {happened: [flaky]}))
    assert fast(happened)

    happened.send(None)
    assert not fast(happened)
    flaky.broken = False
    happened.send(None)

    assert fast(happened)


def test_the_other_receivers_of_the_dispatch_are_called_before_anything_is_suspended(
    acme: Namespace, happened: Signal[...], watched: MakeWatched
) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable(), lambda sender: "last"]}))
    happened.send(None)
    happened.send(None)

    assert happened.collect(None) == ["last"]
    assert manager.state("one") is PluginState.QUARANTINED


def test_a_limit_of_one_quarantines_after_the_first_failure(happened: Signal[...], watched: MakeWatched) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable()]}), failures_in_a_row=1)

    happened.send(None)

    assert manager.state("one") is PluginState.QUARANTINED


def test_without_a_limit_nothing_is_quarantined(happened: Signal[...], watched: MakeWatched) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable()]}), failures_in_a_row=None)

    for _ in range(20):
        happened.send(None)

    assert manager.state("one") is PluginState.ENABLED


def test_enabled_again_it_is_on_probation_and_its_next_failure_is_one_too_many(
    happened: Signal[...], watched: MakeWatched
) -> None:
    asked: list[int] = []
    broken = Switchable()

    def mapping() -> Any:
        asked.append(1)
        return {happened: [broken]}

    manager = watched(subscribing("one", mapping))
    for _ in range(3):
        happened.send(None)

    status = manager.enable("one")
    assert (status.state, status.on_probation, status.quarantine) == (PluginState.ENABLED, True, None)
    happened.send(None)

    again = manager.get("one")
    assert again.state is PluginState.QUARANTINED
    assert again.quarantine is not None
    assert again.quarantine.cause == "failed on probation: LookupError: not there"
    assert len(asked) == 1  # What was suspended was resumed.


def test_a_probation_ends_after_some_good_receptions(happened: Signal[...], watched: MakeWatched) -> None:
    flaky = Switchable()
    manager = watched(subscribing("one", lambda: {happened: [flaky]}))
    manager.quarantine("one", "was quarantined by hand")
    manager.take_unsaved()
    manager.enable("one")
    flaky.broken = False

    happened.send(None)
    assert manager.get("one").on_probation
    happened.send(None)

    assert not manager.get("one").on_probation
    assert fast(happened)
    unsaved = manager.take_unsaved()["one"]
    assert (unsaved.enabled, unsaved.quarantine, unsaved.probation) == (True, None, False)
    flaky.broken = True
    happened.send(None)
    assert manager.state("one") is PluginState.ENABLED


def test_a_quarantine_by_itself_is_to_be_stored_and_one_by_hand_is_the_caller_s_affair(
    happened: Signal[...], watched: MakeWatched
) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable()]}), subscribing("two"))
    manager.quarantine("two", "was quarantined by hand")
    for _ in range(3):
        happened.send(None)

    unsaved = manager.take_unsaved()

    assert {name: each.quarantine for name, each in unsaved.items()} == {
        "one": "failed 3 times in a row: LookupError: not there"
    }
    assert manager.take_unsaved() == {}


def test_a_plugin_that_is_off_can_be_remembered_as_quarantined_and_starts_on_probation(
    acme: Namespace, happened: Signal[...], manage: MakeManager
) -> None:
    manager = manage(subscribing("one", lambda: {happened: [lambda sender: "one"]}))

    manager.quarantine("one", "failed 5 times in a row: ValueError")
    assert manager.state("one") is PluginState.QUARANTINED
    assert happened.collect(None) == []
    status = manager.enable("one")

    assert status.on_probation
    assert happened.collect(None) == ["one"]


def test_disabling_ends_a_quarantine_and_what_it_had_connected(happened: Signal[...], watched: MakeWatched) -> None:
    manager = watched(subscribing("one", lambda: {happened: [Switchable()]}))
    manager.quarantine("one", "was quarantined by hand")

    status = manager.disable("one")

    assert (status.state, status.quarantine) == (PluginState.DISABLED, None)
    assert happened.subscriptions == ()
    assert not manager.enable("one").on_probation


def test_a_receiver_that_no_longer_fits_fails_the_plugin_when_it_is_tried_again(
    acme: Namespace, manage: MakeManager
) -> None:
    by_name, other = acme.signal("by_name"), acme.signal("other")
    manager = manage(subscribing("one", lambda: {other: [lambda sender: 1], by_name: [lambda sender, colour: 1]}))
    manager.enable("one")
    manager.quarantine("one", "was quarantined by hand")

    @acme.signal(name="by_name")
    def declare(sender: object, /, *, size: int) -> None: ...

    with pytest.raises(PluginError, match=r"it failed at mapping: .* it requires colour"):
        manager.enable("one")

    assert manager.state("one") is PluginState.FAILED
    assert other.collect() == []


@pytest.mark.parametrize("limit", ["failures_in_a_row", "probation_receptions", "subscriptions"])
def test_limits_below_one_are_refused(limit: str) -> None:
    values: dict[str, Any] = {limit: 0}

    with pytest.raises(ValueError, match=f"the limit {limit} is 0; use 1 or more"):
        Limits(**values)


def test_settling_does_not_wait_for_a_change_that_takes_long(happened: Signal[...], manage: MakeManager) -> None:
    begun, go_on = Event(), Event()

    def slowly() -> None:
        begun.set()
        assert go_on.wait(60)

    manager = manage(subscribing("slow", bootstrap=slowly))
    enabling = Thread(target=manager.enable, args=("slow",))
    enabling.start()
    assert begun.wait(60)

    manager.settle()
    unsaved, listed = manager.take_unsaved(), manager.list()
    go_on.set()
    enabling.join()

    assert (unsaved, len(listed)) == ({}, 1)
