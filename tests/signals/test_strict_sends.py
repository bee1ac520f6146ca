"""What a declared signal can be sent with, strict or open."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from portico.signals import Namespace, Signal
from tests.signals.witness import Witness, returned

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


@pytest.mark.parametrize("verb", ["send", "collect", "send_isolated", "check"])
def test_a_misspelt_field_is_an_error_that_names_signal_and_field(order_placed: Signal[...], verb: str) -> None:
    with pytest.raises(TypeError, match=r":order_placed\.send\(\).* unexpected .*totl"):
        getattr(order_placed, verb)("eu", order_id="o-1", totl=3)


@pytest.mark.parametrize("verb", ["send", "collect", "send_isolated", "check"])
def test_a_missing_field_is_an_error_that_names_signal_and_field(order_placed: Signal[...], verb: str) -> None:
    with pytest.raises(TypeError, match=r":order_placed\.send\(\).* missing .*order_id"):
        getattr(order_placed, verb)("eu", total=3)


def test_awaiting_checks_the_fields_too(order_placed: Signal[...]) -> None:
    with pytest.raises(TypeError, match=r":order_placed\.send_async\(\).* unexpected .*totl"):
        asyncio.run(order_placed.send_async("eu", totl=3))


def test_the_fields_are_checked_also_when_nobody_is_connected_or_somebody_taps(order_placed: Signal[...]) -> None:
    order_placed.tap(lambda _: None)

    with pytest.raises(TypeError, match="order_id"):
        order_placed.send("eu")


def test_a_field_with_a_default_is_optional_and_reaches_receivers_all_the_same(order_placed: Signal[...]) -> None:
    witness = Witness()
    order_placed.connect(witness)

    order_placed.send("eu", order_id="o-1")
    order_placed.send_isolated("eu", order_id="o-2")
    order_placed.collect("eu", order_id="o-3", total=3)

    assert [payload for _, payload in witness.heard] == [
        {"order_id": "o-1", "total": 0},
        {"order_id": "o-2", "total": 0},
        {"order_id": "o-3", "total": 3},
    ]


def test_checking_returns_what_receivers_would_get_and_calls_nobody(order_placed: Signal[...]) -> None:
    witness = Witness()
    order_placed.connect(witness)

    assert order_placed.check("eu", order_id="o-1") == ("eu", {"order_id": "o-1", "total": 0})
    assert witness.heard == []


def test_the_sender_of_an_undeclared_send_may_be_left_out(signal: Signal[...]) -> None:
    witness = Witness()
    signal.connect(witness)

    signal.send()
    signal.send_isolated()

    assert witness.heard == [(None, {}), (None, {})]
    assert signal.check(size=1) == (None, {"size": 1})


# Each way to send a declared signal, as a function that takes the sender, if any, and the payload.
WAYS: dict[str, Callable[[Signal[...]], Callable[..., Any]]] = {
    "send": lambda signal: signal.send,
    "send_isolated": lambda signal: signal.send_isolated,
    "collect": lambda signal: signal.collect,
    "check": lambda signal: signal.check,
    "send_async": lambda signal: lambda *args, **kwargs: asyncio.run(signal.send_async(*args, **kwargs)),
}
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(params=["plain", "tapped", "with a name that cannot be written"])
def strict(request: pytest.FixtureRequest, namespace: Namespace) -> Signal[...]:
    def strict(region: object, /, *, order_id: str = "") -> None: ...
    def by_hand(region: object, /, *, order_id: str = "", _portico_size: int = 0) -> None: ...

    if request.param == "with a name that cannot be written":
        return namespace.signal(by_hand)
    signal = namespace.signal(strict)
    if request.param == "tapped":
        signal.tap(lambda _: None)
    return signal


@every_way
def test_a_declared_send_without_a_sender_is_refused(strict: Signal[...], way: str) -> None:
    witness = Witness()
    strict.connect(witness)

    with pytest.raises(
        TypeError, match=r":(strict|by_hand)\.send(_async)?\(\):? .*(sender is missing|missing .* 'sender')"
    ):
        WAYS[way](strict)(order_id="o-1")

    assert witness.heard == []


@every_way
def test_a_sender_by_keyword_is_refused_with_the_remedy(strict: Signal[...], way: str) -> None:
    witness = Witness()
    strict.connect(witness)

    with pytest.raises(TypeError, match=r":(strict|by_hand)\.send(_async)?\(\):? .*positional.*") as caught:
        WAYS[way](strict)(sender="eu", order_id="o-1")

    assert "sender" in str(caught.value)
    assert witness.heard == []


def test_none_is_an_ordinary_sender_of_a_declared_signal(strict: Signal[...]) -> None:
    witness = Witness()
    strict.connect(witness)

    strict.send(None)

    assert [sender for sender, _ in witness.heard] == [None]


@pytest.mark.parametrize("tapped", [False, True])
def test_a_field_called_sender_never_replaces_the_sender(namespace: Namespace, *, tapped: bool) -> None:
    @namespace.signal
    def mailed(region: str, /, *, sender: str, size: int) -> None: ...

    signal: Signal[...] = mailed
    if tapped:
        signal.tap(lambda _: None)

    def called_sender(sender: str, **payload: object) -> object:
        return sender, payload

    def positional_only(sender: str, /, **payload: object) -> object:
        return sender, payload

    def called_otherwise(region: str, sender: str) -> object:
        return region, sender

    def nothing_else(sender: str) -> object:
        return sender

    for receiver in (called_sender, positional_only, called_otherwise, nothing_else):
        signal.connect(receiver)

    assert returned(signal, "eu", sender="ann", size=1) == [
        ("eu", {"size": 1}),
        ("eu", {"sender": "ann", "size": 1}),
        ("eu", "ann"),
        "eu",
    ]
    with pytest.raises(TypeError, match="missing"):
        signal.send(sender="ann", size=1)


# -- what an editor shows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["send", "send_async"])
def test_a_declared_send_shows_its_fields_and_what_is_said_of_the_signal(namespace: Namespace, name: str) -> None:
    @namespace.signal
    def placed(region: str, /, *, order_id: str, total: int = 0) -> None:
        """Sent after an order is stored."""

    asyncio.run(placed.send_async("eu", order_id="o-1"))
    send = getattr(placed, name)

    shown = str(inspect.signature(send)).replace("concurrent=False, ", "")
    assert shown.startswith("(sender: str, /, *, order_id: str, total: int = 0) -> list[")
    assert send.__doc__.startswith(f"Call the receivers of {placed.label}")
    assert send.__doc__.endswith("Sent after an order is stored.")


def test_an_undeclared_send_has_a_docstring_too(signal: Signal[...]) -> None:
    assert signal.send.__doc__ == "Call the receivers, here and now, in order."
    assert str(inspect.signature(signal.send)).startswith("(sender: 'object' = None, /, **payload:")


# -- open namespaces ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tapped", [False, True])
def test_the_signals_of_an_open_namespace_take_fewer_and_other_fields_and_no_sender(
    namespace: Namespace, order_placed: Signal[...], *, tapped: bool
) -> None:
    witness = Witness()
    order_placed.connect(witness)
    if tapped:
        order_placed.tap(lambda _: None)
    undo, undo_other = namespace.open_signals(), namespace.open_signals()

    @namespace.signal
    def later(region: str, /, *, name: str) -> None: ...

    later.connect(witness)

    undo()
    undo()
    order_placed.send()
    order_placed.collect("eu", colour="red")
    order_placed.send_isolated("eu", sender="ann")
    asyncio.run(order_placed.send_async(order_id="o-1"))
    later.send()  # type: ignore[call-arg]
    undo_other()

    assert witness.heard == [
        (None, {"total": 0}),
        ("eu", {"total": 0, "colour": "red"}),
        ("eu", {"total": 0, "sender": "ann"}),
        (None, {"order_id": "o-1", "total": 0}),
        (None, {}),
    ]
    for send in (order_placed.send, later.send, order_placed.collect):
        with pytest.raises(TypeError):
            send()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        asyncio.run(order_placed.send_async())


def test_a_declared_signal_without_fields_takes_none(namespace: Namespace) -> None:
    @namespace.signal
    def stopped(sender: object, /) -> None: ...

    witness = Witness()
    stopped.connect(witness)

    stopped.send("x")

    assert witness.heard == [("x", {})]
    with pytest.raises(TypeError, match="code"):
        stopped.send("x", code=1)  # type: ignore[call-arg]


@pytest.fixture
def opened(namespace: Namespace) -> Signal[...]:
    @namespace.signal(open=True)
    def opened(sender: object, /, *, user: str, session: int = 1) -> None: ...

    return opened


@pytest.mark.parametrize("tapped", [False, True])
def test_an_open_signal_takes_fewer_and_other_fields(opened: Signal[...], *, tapped: bool) -> None:
    if tapped:
        opened.tap(lambda _: None)
    witness = Witness()
    opened.connect(witness)

    opened.send("s", user="ann")
    opened.send("s")
    opened.send("s", user="ann", device="phone")
    opened.send("s", _portico_sender=1, sender=2)

    assert [payload for _, payload in witness.heard] == [
        {"user": "ann", "session": 1},
        {"session": 1},
        {"user": "ann", "session": 1, "device": "phone"},
        {"session": 1, "_portico_sender": 1, "sender": 2},
    ]


def test_an_open_signal_isolates_on_the_undeclared_path_too(namespace: Namespace) -> None:
    @namespace.signal(open=True, policy="isolate")
    def opened(sender: object, /, *, user: str) -> None: ...

    fired: Signal[...] = opened
    error = ValueError("no")

    def fail(_: object, **__: object) -> None:
        raise error

    fired.connect(fail)

    assert returned(fired, user="ann") == [error]
    assert returned(fired) == [error]
    assert returned(fired, other=1) == [error]
