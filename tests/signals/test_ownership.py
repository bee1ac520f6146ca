import gc
import threading
from contextvars import copy_context

import pytest

from portico.signals import Ownership, Signal, Subscription, unowned
from portico.signals.any_signal import with_unowned
from tests.signals.witness import Witness, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


def test_what_is_connected_in_the_scope_belongs_to_the_owner(signal: Signal[...]) -> None:
    with Ownership("audit", rank=2) as owned:
        signal.connect(echo("a"))
        subscription = signal.subscribe(echo("b"), "eu")
        signal.connect_via("us")(echo("c"))
    signal.connect(echo("d"))

    assert [one.owner for one in signal.subscriptions] == ["audit", "audit", "audit", None]
    assert [one._rank for one in signal.subscriptions] == [2, 2, 2, 0]
    assert len(owned.subscriptions) == 3
    assert subscription in owned.subscriptions


def test_cancelling_an_owner_undoes_its_connections_and_no_others(signal: Signal[...]) -> None:
    shared = echo("shared")
    signal.connect(shared)
    with Ownership("audit") as owned:
        signal.connect(shared)
        signal.connect(echo("own"), sender="eu")

    owned.cancel()
    owned.cancel()

    assert returned(signal, "eu") == ["shared"]
    assert owned.subscriptions == []


def test_owners_of_the_same_receiver_are_suspended_apart(signal: Signal[...]) -> None:
    shared = echo("shared")
    owners = [Ownership("a"), Ownership("b")]
    for owned in owners:
        with owned:
            signal.connect(shared)

    owners[0].suspend()
    one_left = returned(signal)
    owners[1].suspend()
    none_left = returned(signal)
    owners[0].resume()

    assert (one_left, none_left, returned(signal)) == (["shared"], [], ["shared"])


def test_the_inner_of_two_scopes_owns(signal: Signal[...]) -> None:
    with Ownership("outer") as outer:
        with Ownership("inner") as inner:
            signal.connect(echo("a"))
        signal.connect(echo("b"))

    assert [one.owner for one in signal.subscriptions] == ["inner", "outer"]
    assert (len(outer.subscriptions), len(inner.subscriptions)) == (1, 1)


def test_a_scope_can_be_entered_again_and_within_itself(signal: Signal[...]) -> None:
    owned = Ownership("audit")

    with owned:
        signal.connect(echo("a"))
        with owned:
            signal.connect(echo("b"))
        signal.connect(echo("c"))
    with owned:
        signal.connect(echo("d"))
    signal.connect(echo("e"))

    assert [one.owner for one in signal.subscriptions] == ["audit"] * 4 + [None]
    assert len(owned.subscriptions) == 4


def test_a_scope_can_be_open_in_two_threads(signal: Signal[...]) -> None:
    owned = Ownership("audit")
    entered, left = threading.Event(), threading.Event()

    def other() -> None:
        with owned:
            entered.set()
            assert left.wait(60)
            signal.connect(echo("b"))

    thread = threading.Thread(target=other)
    with owned:
        thread.start()
        assert entered.wait(60)
        signal.connect(echo("a"))
    left.set()
    thread.join()
    signal.connect(echo("c"))

    assert [one.owner for one in signal.subscriptions] == ["audit", "audit", None]


def test_a_context_made_in_the_scope_stays_in_it(signal: Signal[...]) -> None:
    with Ownership("audit"):
        context = copy_context()

    context.run(signal.connect, echo("late"))

    assert signal.subscriptions[0].owner == "audit"


def test_owned_subscriptions_are_strong_whatever_was_asked_for(signal: Signal[...]) -> None:
    with Ownership("audit") as owned:
        signal.connect(Witness("default").method)
        signal.connect(Witness("weak"), weak=True)
    gc.collect()

    assert returned(signal) == ["default", "weak"]
    assert not any(one.weak for one in owned.subscriptions)


def test_receiver_connected_is_told_that_an_owned_subscription_is_strong(signal: Signal[...]) -> None:
    told: list[bool] = []
    signal.receiver_connected.connect(untyped(lambda _, weak: told.append(weak)))

    with Ownership("audit"):
        signal.connect(echo("a"), weak=True)

    assert told == [False]


def test_an_owner_says_what_it_owns(signal: Signal[...]) -> None:
    with Ownership("audit") as owned:
        signal.connect(echo("a"))

    assert repr(owned) == "<Ownership of 'audit': 1 subscriptions>"
    assert (owned.owner, owned.rank) == ("audit", 0)


def test_a_subscription_says_whose_code_connected_it(signal: Signal[...]) -> None:
    signal.connect(echo("a"))
    signal.connect(sender="eu")(echo("b"))
    signal.connect_via("eu")(echo("c"))
    signal.subscribe(echo("d"))

    assert {one.module for one in signal.subscriptions} == {__name__}


def test_an_owner_adopts_what_nobody_owned_with_its_place_among_the_receivers(signal: Signal[...]) -> None:
    signal.connect(echo("early"), sender="eu")
    signal.connect(echo("nobody's"))
    assert returned(signal, "eu") == ["early", "nobody's"]
    owned = Ownership("audit", rank=1)

    owned.adopt(signal.subscriptions[0])
    adopted = returned(signal, "eu")
    owned.cancel()

    assert adopted == ["nobody's", "early"]
    assert returned(signal, "eu") == ["nobody's"]


# -- what nobody owns ----------------------------------------------------------------------------------------------


def unowned_of(signal: Signal[...]) -> list[Subscription]:
    """Return what nobody owns of one signal's subscriptions."""
    return [each for each in unowned() if each.signal is signal]


def is_looked_into(signal: Signal[...]) -> bool:
    """Tell whether the next look for what nobody owns goes through a signal's subscriptions."""
    return id(signal) in with_unowned


def test_what_is_connected_outside_of_any_scope_is_unowned_in_order_of_connecting(signal: Signal[...]) -> None:
    first = signal.subscribe(echo("a"))
    with Ownership("audit"):
        signal.connect(echo("b"))
    second = signal.subscribe(echo("c"), "eu", order=-1)

    assert unowned_of(signal) == [first, second]
    assert unowned_of(signal) == [first, second]
    assert first.module == __name__


def test_what_is_adopted_is_unowned_no_more_and_what_is_connected_later_is(signal: Signal[...]) -> None:
    adopted, owned = signal.subscribe(echo("a")), Ownership("audit")
    owned.adopt(adopted)

    none = unowned_of(signal)
    late = signal.subscribe(echo("b"))

    assert (none, unowned_of(signal)) == ([], [late])


@pytest.mark.parametrize("vanish", ["cancel", "suspend"])
def test_what_is_not_connected_is_not_unowned(signal: Signal[...], vanish: str) -> None:
    subscription = signal.subscribe(echo("a"))

    getattr(subscription, vanish)()

    assert unowned_of(signal) == []


def test_what_is_suspended_is_unowned_again_when_it_is_resumed(signal: Signal[...]) -> None:
    subscription = signal.subscribe(echo("a"))
    subscription.suspend()
    unowned()

    subscription.resume()

    assert unowned_of(signal) == [subscription]


def test_a_receiver_that_died_is_not_unowned(signal: Signal[...]) -> None:
    witness = Witness()
    signal.connect(witness.method)

    del witness

    assert unowned_of(signal) == []


def test_a_signal_is_looked_into_only_while_it_has_something_that_nobody_owns(signal: Signal[...]) -> None:
    with Ownership("audit"):
        signal.connect(echo("a"))
    of_a_plugin = is_looked_into(signal)
    subscription = signal.subscribe(echo("b"))
    connected = is_looked_into(signal)
    subscription.cancel()
    unowned()

    assert (of_a_plugin, connected, is_looked_into(signal)) == (False, True, False)


def test_a_signal_that_nobody_has_any_more_is_not_kept_by_what_was_connected_to_it() -> None:
    signal: Signal[...] = Signal("abandoned")
    signal.connect(echo("a"))
    key = id(signal)

    del signal
    gc.collect()

    assert key not in with_unowned


def test_what_another_thread_connects_while_others_look_is_found_in_the_end(signal: Signal[...]) -> None:
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            unowned()

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    found = []
    for _ in range(300):
        subscription = signal.subscribe(echo("a"))
        found.append(unowned_of(signal) == [subscription])
        subscription.cancel()
    over.set()
    for looker in lookers:
        looker.join()

    assert all(found)
