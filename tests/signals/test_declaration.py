import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

import pytest

from portico.errors import DeclarationError, ReceiverError
from portico.signals import REQUIRED, Field, Mutable, Namespace, Ownership, ReceiverFailure, Signal, observe_failures
from portico.signals.payload_guard import mutable_fields
from tests.signals.witness import Sender, Witness, called, echo, returned

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


def test_a_stub_is_read_without_being_called(namespace: Namespace) -> None:
    @namespace.signal(since="0.2", deprecated="use paid")
    def placed(region: str, /, *, order_id: str, total: int = 7) -> None:
        """Sent after an order is stored.

        The sender is the region.
        """
        raise AssertionError

    declaration = placed.declaration

    assert declaration is not None
    assert declaration.name == "placed"
    assert declaration.sender is str
    assert declaration.fields == (Field("order_id", str), Field("total", int, 7))
    assert declaration.fields[0].default is REQUIRED
    assert declaration.field_names == ("order_id", "total")
    assert (declaration.since, declaration.deprecated) == ("0.2", "use paid")
    assert placed.doc == "Sent after an order is stored.\n\nThe sender is the region."


@pytest.mark.parametrize(
    "doc",
    ["", "one", "  one  ", "one\n\n    two\n      three\n    ", "\n    one\n\ttwo\n", "\n\n  a\n b\n\n", "a\n\n\nb"],
)
def test_the_doc_is_cleaned_as_python_cleans_docstrings(namespace: Namespace, doc: str) -> None:
    def stub(sender: object, /) -> None: ...

    stub.__doc__ = doc

    assert namespace.signal(stub).doc == inspect.cleandoc(doc).strip()


def no_sender() -> None: ...
def sender_by_name(sender: object) -> None: ...
def two_senders(sender: object, other: object, /) -> None: ...
def positional_field(sender: object, /, field: int) -> None: ...
def any_field(sender: object, /, **fields: int) -> None: ...
def any_senders(*senders: object) -> None: ...


@pytest.mark.parametrize(
    "stub", [no_sender, sender_by_name, two_senders, positional_field, any_field, any_senders, int, print, Witness()]
)
def test_a_function_of_another_form_is_no_stub(namespace: Namespace, stub: Callable[..., Any]) -> None:
    with pytest.raises(DeclarationError, match="cannot declare"):
        namespace.signal(stub)


def test_an_unknown_policy_is_refused(namespace: Namespace) -> None:
    with pytest.raises(DeclarationError, match="policy 'ignore'; use 'default', 'raise' or 'isolate'"):

        @namespace.signal(policy="ignore")
        def stub(sender: object, /) -> None: ...


def declare(namespace: Namespace, doc: str = "Sent.", module: str = __name__, **promises: Any) -> Signal[...]:
    """Declare the same stub, as often as it is called."""

    def stub(sender: Sender, /, *, order_id: str, total: int = 0) -> None: ...

    stub.__doc__, stub.__module__ = doc, module
    return namespace.signal(**promises)(stub)


def test_declaring_the_same_stub_again_gives_the_same_signal_with_the_newer_promises(namespace: Namespace) -> None:
    first = declare(namespace)
    witness = Witness()
    first.connect(witness)

    again = declare(namespace, "Sent later.", policy="isolate", since="2")

    assert again is first
    assert (again.doc, again.policy) == ("Sent later.", "isolate")
    assert again.declaration is not None
    assert again.declaration.since == "2"
    again.send("eu", order_id="o-1")
    assert witness.heard == [("eu", {"order_id": "o-1", "total": 0})]


def test_a_send_captured_before_the_same_stub_is_declared_again_still_works(namespace: Namespace) -> None:
    first = declare(namespace)
    send = first.send
    declare(namespace)
    first.connect(echo("a"))

    assert [value for _, value in send("eu", order_id="o-1")] == ["a"]


def test_types_that_were_made_anew_are_the_same_in_a_stub_that_is_declared_again(namespace: Namespace) -> None:
    def run() -> Signal[...]:
        class Order: ...

        missing = Order()

        @namespace.signal
        def stub(sender: type[Order], /, *, order: Order = missing) -> None: ...

        return stub

    assert run() is run()


STUBS: dict[str, Callable[[Namespace], object]] = {
    "another function": lambda namespace: namespace.signal(name="stub")(another),
    "another module": lambda namespace: declare(namespace, module="elsewhere"),
    "no stub": lambda namespace: namespace.declare("stub", {"order_id": str, "total": int}),
}


def another(sender: Sender, /, *, order_id: str, total: int = 0) -> None: ...


@pytest.mark.parametrize("other", STUBS)
def test_declaring_from_elsewhere_is_refused_and_names_the_first_declaration(namespace: Namespace, other: str) -> None:
    declare(namespace)
    message = r"cannot declare test_\d+:stub again; it was declared by .*test_declaration\.declare\.<locals>\.stub"

    with pytest.raises(DeclarationError, match=message):
        STUBS[other](namespace)


@pytest.mark.parametrize("change", ["sender", "field", "type", "default", "no default", "order"])
def test_declaring_a_stub_of_another_signature_again_is_refused(namespace: Namespace, change: str) -> None:
    def first(sender: str, /, *, order_id: str, total: int = 0) -> None: ...
    def sender(sender: int, /, *, order_id: str, total: int = 0) -> None: ...
    def field(sender: str, /, *, order: str, total: int = 0) -> None: ...
    def kind(sender: str, /, *, order_id: str, total: float = 0) -> None: ...
    def default(sender: str, /, *, order_id: str, total: int = 1) -> None: ...
    def required(sender: str, /, *, order_id: str, total: int) -> None: ...
    def order(sender: str, /, *, total: int = 0, order_id: str) -> None: ...

    others = {"sender": sender, "field": field, "type": kind, "default": default, "no default": required}
    changed: Any = others.get(change, order)
    changed.__qualname__ = first.__qualname__
    namespace.signal(name="stub")(first)

    with pytest.raises(DeclarationError, match="again"):
        namespace.signal(name="stub")(changed)


# -- without a stub -------------------------------------------------------------------------------------------------


def test_a_signal_is_declared_without_a_stub_like_with_one(namespace: Namespace) -> None:
    asked_for = namespace.signal("order placed")
    witness = Witness()

    signal = namespace.declare(
        "order placed",
        {"order_id": str, "class": int},
        sender=Sender,
        doc="  Sent.  ",
        defaults={"class": 3},
        since="2",
    )
    signal.connect(witness)
    signal.send("eu", order_id="o-1")

    assert signal is asked_for
    assert witness.heard == [("eu", {"order_id": "o-1", "class": 3})]
    assert signal.declaration is not None
    assert signal.declaration.fields == (Field("order_id", str), Field("class", int, 3))
    assert (signal.doc, signal.declaration.sender, signal.declaration.since) == ("Sent.", Sender, "2")
    with pytest.raises(TypeError, match="totl"):
        signal.send("eu", order_id="o-1", totl=3)


def test_declaring_again_without_a_stub_is_refused_from_elsewhere_only(namespace: Namespace) -> None:
    first = namespace.declare("a", {"order_id": str})

    assert namespace.declare("a", {"order_id": str}, doc="Sent.") is first
    assert first.doc == "Sent."
    with pytest.raises(DeclarationError, match=r"it was declared by .*test_declaration\.a"):
        namespace.declare("a", {"order_id": int})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fields": {1: str}}, "with the field 1; the name of a field is a string"),
        ({"fields": {"a": str}, "defaults": {"b": 1}}, r"a default for 'b'; its fields are \(a\)"),
        ({"fields": {}, "policy": "ignore"}, "policy 'ignore'; use 'default', 'raise' or 'isolate'"),
    ],
)
def test_what_cannot_be_declared_without_a_stub_is_refused(
    namespace: Namespace, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        namespace.declare("a", **wrong)

    assert "a" not in namespace


def test_a_guarded_payload_knows_the_mutable_fields_of_a_signal_without_a_stub(namespace: Namespace) -> None:
    signal = namespace.declare("a", {"document": Mutable[dict[str, str]], "other": "dict[str, str]"})

    assert mutable_fields(signal.declaration) == {"document"}


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


# -- declared late --------------------------------------------------------------------------------------------------


def declare_order_placed(namespace: Namespace) -> Signal[...]:
    def order_placed(sender: object, /, *, order_id: str, total: int = 0) -> None: ...

    return namespace.signal(order_placed)


def test_a_receiver_connected_before_the_declaration_is_fitted_to_it(namespace: Namespace) -> None:
    def total(total: int, **_: object) -> int:
        return total

    early = namespace.signal("order_placed")
    early.connect(total)
    before = returned(early, "eu", amount=1)

    order_placed = declare_order_placed(namespace)

    assert before == ["eu"]
    assert returned(order_placed, "eu", order_id="o-1", total=3) == [3]


def test_a_receiver_that_does_not_fit_a_late_declaration_fails_its_own_plugin(
    namespace: Namespace, caplog: pytest.LogCaptureFixture
) -> None:
    def unfit(sender: object, colour: str) -> None: ...

    failures: list[ReceiverFailure] = []
    forget = observe_failures(failures.append)
    early = namespace.signal("order_placed")
    with Ownership("painter"):
        early.connect(unfit)
    fit = early.connect(echo("fit"))

    with caplog.at_level(logging.ERROR):
        order_placed = declare_order_placed(namespace)
    forget()

    assert [(failure.owner, failure.signal, failure.receiver) for failure in failures] == [("painter", early, unfit)]
    assert isinstance(failures[0].error, ReceiverError)
    assert "plugin painter" in caplog.text
    assert called(order_placed, order_id="o-1") == [fit]


def test_a_send_captured_before_the_declaration_keeps_to_it(namespace: Namespace) -> None:
    early = namespace.signal("order_placed")
    witness = Witness()
    early.connect(witness)
    send = early.send
    send("eu", anything=1)

    declare_order_placed(namespace)
    send("eu", order_id="o-1")

    assert witness.heard[-1] == ("eu", {"order_id": "o-1", "total": 0})
    with pytest.raises(TypeError, match="anything"):
        send("eu", anything=1)


def test_a_send_captured_before_the_declaration_isolates_as_declared(namespace: Namespace) -> None:
    error = ValueError("no")

    def fail(_: object, **__: object) -> None:
        raise error

    early = namespace.signal("stub")
    early.connect(fail)
    send = early.send

    @namespace.signal(policy="isolate")
    def stub(sender: object, /) -> None: ...

    assert send() == [(fail, error)]


def test_a_plan_for_one_sender_does_not_outlive_the_declaration(namespace: Namespace) -> None:
    def order_id(order_id: str, **_: object) -> str:
        return order_id

    early = namespace.signal("order_placed")
    early.connect(order_id, sender="eu")
    assert returned(early, "eu") == ["eu"]

    order_placed = declare_order_placed(namespace)

    assert returned(order_placed, "eu", order_id="o-1") == ["o-1"]


def test_a_receiver_suspended_during_a_declaration_it_does_not_fit_cannot_be_resumed(namespace: Namespace) -> None:
    def unfit(sender: object, colour: str) -> None: ...

    early = namespace.signal("order_placed")
    other = namespace.signal("other")
    with Ownership("painter") as owned:
        fitting = other.subscribe(echo("fits"))
        unfitting = early.subscribe(unfit)
    owned.suspend()
    declare_order_placed(namespace)

    with pytest.raises(ReceiverError, match="colour"):
        owned.resume()

    assert not unfitting.connected
    assert not fitting.connected, "a plugin is resumed as a whole or not at all"


def test_a_stub_can_declare_a_signal_outside_any_namespace() -> None:
    def done(sender: object, /, *, code: int) -> None: ...

    signal: Signal[...] = Signal("done")
    signal.declare(done, policy="isolate")

    assert signal.policy == "isolate"
    with pytest.raises(TypeError, match=r"done\.send\(\)"):
        signal.send()
