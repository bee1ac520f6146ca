import copy
import enum
import pickle
import weakref
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

import pytest

from portico.signals import ANY, Signal
from tests.signals.witness import Sender, echo, returned


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


class Slotted:
    __slots__ = ()


class Colour(enum.IntEnum):
    RED = 1


class Region(enum.StrEnum):
    EU = "eu"


class HostileText(str):
    __slots__ = ()

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError

    def __hash__(self) -> NoReturn:
        raise AssertionError


class HostileNumber(int):
    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError

    def __hash__(self) -> NoReturn:
        raise AssertionError


class HostileComplex(complex):
    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError

    def __hash__(self) -> NoReturn:
        raise AssertionError


class HostileProxy:
    """Like a proxy outside its context: whatever it is asked, it raises."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise RuntimeError(name)

    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError

    def __eq__(self, other: object) -> NoReturn:
        raise RuntimeError

    def __hash__(self) -> NoReturn:
        raise RuntimeError

    def __bool__(self) -> NoReturn:
        raise RuntimeError

    def __repr__(self) -> NoReturn:
        raise RuntimeError


def hears(signal: Signal[...], connected: object, sent: object) -> bool:
    """Tell whether a receiver connected to the one sender hears a send from the other."""
    with signal.connected_to(echo("heard"), sender=connected):
        return returned(signal, sent) == ["heard"]


@pytest.mark.parametrize("sent", [None, 0, "", False, "eu", Sender(), [], Unhashable(), ANY])
def test_any_is_every_sender(signal: Signal[...], sent: object) -> None:
    assert hears(signal, ANY, sent)


@pytest.mark.parametrize(
    ("connected", "sent"),
    [
        ("eu", bytes([101, 117]).decode()),
        ("eu", Region.EU),
        (Region.EU, "eu"),
        (10**30, 10**30 + 0),
        (1, 1.0),
        (1.5, 1.5),
        (1 + 2j, 1 + 2j),
        (Colour.RED, 1),
        (1, Colour.RED),
        (Decimal("1.5"), Decimal("1.50")),
        (Fraction(1, 2), 0.5),
        (HostileText("eu"), "eu"),
        ("eu", HostileText("eu")),
        (HostileNumber(7), 7),
        (7, HostileNumber(7)),
        (HostileComplex(1 + 1j), 1 + 1j),
        (True, True),
        (0, 0.0),
    ],
)
def test_strings_and_numbers_are_compared_by_value(signal: Signal[...], connected: object, sent: object) -> None:
    assert hears(signal, connected, sent)


@pytest.mark.parametrize(
    ("connected", "sent"),
    [
        (True, 1),
        (1, True),
        (False, 0),
        (0, False),
        (0, None),
        (None, 0),
        (False, None),
        ("", None),
        ("1", 1),
        (b"eu", "eu"),
        ("eu", "us"),
        (1, 2),
        (Sender(), Sender()),
        (Unhashable(), Unhashable()),
        (Slotted(), Slotted()),
        ([], []),
        (Sender, Sender()),
        (None, ANY),
        ("eu", ANY),
    ],
)
def test_different_senders_are_not_the_same(signal: Signal[...], connected: object, sent: object) -> None:
    assert not hears(signal, connected, sent)


@pytest.mark.parametrize(
    "sender", [Sender(), Sender, Unhashable(), Slotted(), [], {}, None, (1, 2), object(), b"eu", len]
)
def test_other_senders_are_compared_by_identity(signal: Signal[...], sender: object) -> None:
    assert hears(signal, sender, sender)
    assert not hears(signal, sender, "something else")


def test_equal_tuples_are_two_senders(signal: Signal[...]) -> None:
    one, other = (tuple(range(2)) for _ in range(2))

    assert not hears(signal, one, other)


def test_none_is_an_ordinary_sender(signal: Signal[...]) -> None:
    signal.connect(echo("a"), sender=None)

    assert returned(signal) == ["a"]
    assert returned(signal, "eu") == []


@pytest.mark.parametrize("sender", [Sender(), Unhashable(), (1, 2), None])
def test_no_number_matches_an_object_by_its_id(signal: Signal[...], sender: object) -> None:
    assert not hears(signal, sender, id(sender))
    assert not hears(signal, id(sender), sender)


def test_a_proxy_is_not_what_it_stands_for(signal: Signal[...]) -> None:
    real = Sender()
    proxy = weakref.proxy(real)

    assert hears(signal, proxy, proxy)
    assert not hears(signal, proxy, real)
    assert not hears(signal, real, proxy)


def test_no_code_of_a_sender_is_run(signal: Signal[...]) -> None:
    sender, other, receiver = HostileProxy(), HostileProxy(), echo("a")

    subscription = signal.subscribe(receiver, sender)
    heard = [returned(signal, one) for one in (sender, other, "eu", id(sender))]
    subscription.suspend()
    subscription.resume()
    listed = list(signal.receivers_for(sender))
    shown = repr(subscription)
    disconnected = signal.disconnect(receiver, sender=other), signal.disconnect(receiver, sender=sender)

    assert heard == [["a"], [], [], []]
    assert listed == [receiver]
    assert "connected to" in shown
    assert disconnected == (False, True)


def test_no_code_of_a_sender_is_run_for_the_receivers_of_every_sender(order_placed: Signal[...]) -> None:
    order_placed.connect(echo("a"))
    order_placed.tap(lambda _: None)

    assert returned(order_placed, HostileProxy(), order_id="o-1") == ["a"]


def test_a_number_of_another_kind_is_not_held_against_other_objects(signal: Signal[...]) -> None:
    signal.connect(echo("half"), sender=Fraction(1, 2))

    assert returned(signal, Sender()) == []
    assert returned(signal, HostileProxy()) == []


def test_any_stays_itself_when_copied_or_pickled() -> None:
    assert copy.deepcopy(ANY) is ANY
    assert pickle.loads(pickle.dumps(ANY)) is ANY  # noqa: S301 - made one expression ago
    assert repr(ANY) == "ANY"


@pytest.mark.parametrize("sender", ["eu", 1, None, Slotted()])
def test_the_receiver_gets_the_very_sender(signal: Signal[...], sender: Any) -> None:
    heard: list[object] = []
    signal.connect(heard.append, sender=sender)

    signal.send(sender)

    assert heard[0] is sender
