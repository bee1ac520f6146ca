import copy
import enum
import gc
import pickle
import weakref
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from threading import Thread
from typing import Any, NoReturn

import pytest

from portico.signals import ANY, Signal
from tests.signals.witness import Sender, Witness, echo, returned


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


# -- proxies --------------------------------------------------------------------------------------------------------


class Proxy:
    """Stands for an object as Werkzeug's `LocalProxy` does: everything else that it is asked goes to that object."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[], object]) -> None:
        object.__setattr__(self, "_find", find)

    def _get_current_object(self) -> object:
        return object.__getattribute__(self, "_find")()

    def __getattribute__(self, name: str) -> object:
        if name == "_get_current_object":
            return object.__getattribute__(self, name)
        return getattr(self._get_current_object(), name)

    def __hash__(self) -> int:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError


class HostileMeta(type):
    __hash__ = None  # type: ignore[assignment]

    def __eq__(cls, other: object) -> bool:
        return True


class OfHostileMeta(metaclass=HostileMeta):
    pass


def unbound() -> NoReturn:
    raise RuntimeError


def test_a_send_from_a_proxy_reaches_who_is_connected_to_its_object_and_hands_on_the_proxy(
    signal: Signal[...],
) -> None:
    app, witness = Sender(), Witness()
    proxy = Proxy(lambda: app)
    signal.connect(witness, sender=app)

    for _ in range(3):  # Found, remembered, and found where it is remembered.
        signal.send(proxy)
        signal.send(app)

    assert [sender is proxy for sender, _ in witness.heard] == [True, False] * 3
    assert signal.has_receivers_for(proxy)


def test_connecting_to_a_proxy_connects_to_its_object_of_that_moment(signal: Signal[...]) -> None:
    first, second = Sender(), Sender()
    current = [first]
    proxy = Proxy(lambda: current[0])
    signal.connect(echo("first"), sender=proxy)
    current[0] = second
    signal.connect(echo("second"), sender=proxy)

    assert returned(signal, first) == ["first"]
    assert returned(signal, second) == ["second"]
    assert returned(signal, proxy) == ["second"]


def test_a_proxy_that_stands_for_something_else_is_never_remembered_by_its_id(order_placed: Signal[...]) -> None:
    first, second = Sender(), Sender()
    current = [first]
    proxy = Proxy(lambda: current[0])
    order_placed.connect(echo("first"), sender=first)
    order_placed.connect(echo("second"), sender=second)
    heard = []

    for sender in (first, second, first):
        current[0] = sender
        heard.append(returned(order_placed, proxy, order_id="o-1"))

    assert heard == [["first"], ["second"], ["first"]]


def test_a_proxy_of_a_string_or_of_a_proxy_is_compared_by_that(signal: Signal[...]) -> None:
    app = Sender()
    signal.connect(echo("eu"), sender="eu")
    signal.connect(echo("app"), sender=Proxy(lambda: Proxy(lambda: app)))

    assert returned(signal, Proxy(lambda: "eu")) == ["eu"]
    assert returned(signal, Proxy(lambda: Proxy(lambda: app))) == ["app"]


def test_a_receiver_can_be_disconnected_from_a_proxy(signal: Signal[...]) -> None:
    app = Sender()
    receiver = signal.connect(echo("a"), sender=app)

    found = signal.disconnect(receiver, sender=Proxy(lambda: app))

    assert found
    assert returned(signal, app) == []


def test_a_proxy_that_stands_for_nothing_is_sent_to_everybody_and_cannot_be_connected_to(signal: Signal[...]) -> None:
    proxy = Proxy(unbound)
    signal.connect(echo("all"))
    signal.connect(echo("eu"), sender="eu")

    assert returned(signal, proxy) == ["all"]
    with pytest.raises(RuntimeError):
        signal.connect(echo("never"), sender=proxy)


def test_the_code_of_a_proxy_never_runs_under_the_lock(signal: Signal[...]) -> None:
    app = Sender()

    def connect_elsewhere() -> object:
        thread = Thread(target=lambda: signal.subscribe(echo("b")).cancel())
        thread.start()
        thread.join(60)
        waited.append(thread.is_alive())
        return app

    waited: list[bool] = []
    proxy = Proxy(connect_elsewhere)
    signal.connect(echo("a"), sender=app)

    signal.subscribe(echo("c"), sender=proxy)
    heard = [returned(signal, proxy) for _ in range(3)]

    assert heard == [["a", "c"]] * 3
    assert not any(waited)


def test_a_class_that_cannot_be_hashed_has_senders_by_identity(signal: Signal[...]) -> None:
    one, other = OfHostileMeta(), OfHostileMeta()
    signal.connect(echo("one"), sender=one)

    assert (returned(signal, one), returned(signal, other)) == (["one"], [])


def test_a_number_is_found_by_value_though_its_type_was_sent_before_it_was_ever_connected(
    signal: Signal[...],
) -> None:
    class Money(Decimal):
        pass

    signal.connect(echo("eu"), sender="eu")
    before = returned(signal, Money(3))
    signal.connect(echo("three"), sender=Money(3))

    assert before == []
    assert returned(signal, Money(3)) == ["three"]


def test_the_engine_keeps_few_classes_of_senders_alive(signal: Signal[...]) -> None:
    signal.connect(echo("eu"), sender="eu")
    classes = [type(f"Sent{i}", (), {}) for i in range(1000)]
    alive = [weakref.ref(each) for each in classes]
    for each in classes:
        signal.send(each())

    del classes, each
    gc.collect()

    assert sum(find() is not None for find in alive) <= 256
