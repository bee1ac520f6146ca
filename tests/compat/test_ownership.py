"""Receivers of every façade that belong to a plugin, and what is left of those that are gone."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from portico.compat import blinker, django_dispatch
from portico.compat.connecting import facade_receivers
from portico.signals import Ownership, Signal, describe_receiver, observe_failures
from tests.compat.views import Connect, Plugin, broken, hello, native, values

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


def test_within_an_ownership_connections_are_strong_and_go_with_it(signal: Signal[...], connect: Connect) -> None:
    plugin = Plugin()
    alive = weakref.ref(plugin)
    with Ownership("audit") as owned:
        connect(signal, plugin.hear)
        connect(signal, lambda sender, **payload: "lambda")
    del plugin

    assert values(signal) == ["plugin jane", "lambda"]
    assert [subscription.owner for subscription in signal.subscriptions] == ["audit", "audit"]
    owned.suspend()
    assert values(signal) == []
    owned.resume()
    assert values(signal) == ["plugin jane", "lambda"]

    owned.cancel()

    assert values(signal) == []
    gc.collect()
    assert alive() is None


def test_two_owners_of_a_receiver_have_a_connection_each(signal: Signal[...], connect: Connect) -> None:
    with Ownership("one") as one:
        connect(signal, hello)
        connect(signal, hello)
    with Ownership("two"):
        connect(signal, hello)
    connect(signal, hello)
    assert values(signal) == ["hello jane"]
    assert [subscription.owner for subscription in signal.subscriptions] == ["one", "two", None]

    one.cancel()

    assert values(signal) == ["hello jane"]


def test_a_receiver_connected_again_after_its_plugin_was_suspended_is_called(
    signal: Signal[...], connect: Connect
) -> None:
    with Ownership("one") as one:
        connect(signal, hello)
    one.suspend()

    connect(signal, hello)

    assert values(signal) == ["hello jane"]


def test_ranks_decide_about_the_order(signal: Signal[...], connect: Connect) -> None:
    with Ownership("late", rank=2):
        connect(signal, hello)
    with Ownership("early", rank=1):
        signal.connect(native)

    assert values(signal) == ["native jane", "hello jane"]


def test_failures_are_isolated_and_told_with_receiver_and_owner(signal: Signal[...], connect: Connect) -> None:
    told: list[tuple[str | None, str]] = []
    undo = observe_failures(lambda failure: told.append((failure.owner, describe_receiver(failure.receiver))))
    with Ownership("audit"):
        connect(signal, broken)
        connect(signal, hello)

    [error, value] = values(signal)
    undo()

    assert isinstance(error, LookupError)
    assert value == "hello jane"
    assert told == [("audit", describe_receiver(broken))]


def test_nothing_is_left_of_receivers_that_died(signal: Signal[...], connect: Connect) -> None:
    table = facade_receivers(signal)
    for _ in range(100):
        plugin = Plugin()
        connect(signal, plugin.hear)
        connect(signal, plugin.hear, sender="me")
        del plugin

    assert signal.subscriptions == ()
    assert not table._known


def test_a_facade_signal_dies_with_its_last_reference() -> None:
    for make in (blinker.Signal, django_dispatch.Signal):
        signal: Any = make()
        signal.connect(hello)
        gone = weakref.ref(signal), weakref.ref(signal.portico)

        del signal
        gc.collect()

        assert [reference() for reference in gone] == [None, None]


def test_threads_that_connect_the_same_receiver_make_one_connection(signal: Signal[...], connect: Connect) -> None:
    begin = Barrier(8)

    def connect_it(_: int) -> None:
        begin.wait()
        for _ in range(50):
            connect(signal, hello)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(connect_it, range(8)))

    assert values(signal) == ["hello jane"]
    assert len(signal.subscriptions) == 1
