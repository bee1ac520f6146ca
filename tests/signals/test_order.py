import pytest

from portico.signals import ANY, Ownership, Signal
from tests.signals.witness import echo, returned


def test_receivers_are_called_as_they_connected(signal: Signal[...]) -> None:
    for name in "cab":
        signal.connect(echo(name))

    assert returned(signal) == ["c", "a", "b"]


def test_a_lower_order_comes_first(signal: Signal[...]) -> None:
    for name, order in (("a", 0), ("b", 5), ("c", -5), ("d", 0)):
        signal.connect(echo(name), order=order)

    assert returned(signal) == ["c", "a", "d", "b"]


def test_within_an_order_the_lower_rank_of_the_owner_comes_first(signal: Signal[...]) -> None:
    for name, rank, order in (("a", 2, 0), ("b", 1, 0), ("c", 1, 0), ("d", 3, -1)):
        with Ownership(name, rank=rank):
            signal.connect(echo(name), order=order)
    signal.connect(echo("nobody's"))

    assert returned(signal) == ["d", "nobody's", "b", "c", "a"]


def test_receivers_of_one_sender_and_of_every_sender_stand_in_one_order(signal: Signal[...]) -> None:
    for name, sender, order in (("a", "eu", 0), ("b", ANY, 0), ("c", "eu", 0), ("d", ANY, -1), ("e", "us", -1)):
        signal.connect(echo(name), sender=sender, order=order)

    assert returned(signal, "eu") == ["d", "a", "b", "c"]
    assert returned(signal, "us") == ["d", "e", "b"]
    assert returned(signal, "asia") == ["d", "b"]


def test_resuming_puts_a_receiver_back_in_its_old_place(signal: Signal[...]) -> None:
    signal.connect(echo("a"))
    subscription = signal.subscribe(echo("b"))
    signal.connect(echo("c"))
    subscription.suspend()
    without = returned(signal)
    signal.connect(echo("d"))

    subscription.resume()

    assert without == ["a", "c"]
    assert returned(signal) == ["a", "b", "c", "d"]


def test_resuming_an_owner_puts_all_its_receivers_back_in_their_old_places(signal: Signal[...]) -> None:
    owners = [Ownership(name) for name in "ab"]
    for owned in (*owners, *owners):
        with owned:
            signal.connect(echo(owned.owner))
            signal.connect(echo(owned.owner.upper()), sender="eu")
    before = returned(signal, "eu")

    owners[0].suspend()
    without = returned(signal, "eu")
    owners[0].resume()

    assert without == ["b", "B", "b", "B"]
    assert returned(signal, "eu") == before == ["a", "A", "b", "B", "a", "A", "b", "B"]


def test_connecting_anew_puts_a_receiver_at_the_end(signal: Signal[...]) -> None:
    first = echo("first")
    signal.connect(first)
    signal.connect(echo("second"))

    signal.disconnect(first)
    signal.connect(first)

    assert returned(signal) == ["second", "first"]


@pytest.mark.parametrize("tapped", [False, True])
def test_the_order_is_the_same_with_a_tap(signal: Signal[...], *, tapped: bool) -> None:
    if tapped:
        signal.tap(lambda _: None)
    for i in range(20):
        signal.connect(echo(str(i)), order=-(i % 3), sender=ANY if i % 2 else "eu")

    expected = sorted(range(20), key=lambda i: (-(i % 3), i))

    assert returned(signal, "eu") == [str(i) for i in expected]
