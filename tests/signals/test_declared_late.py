"""Signals that are declared after somebody has connected to them or captured their send."""

import logging

import pytest

from portico.errors import ReceiverError
from portico.signals import Namespace, Ownership, ReceiverFailure, Signal, observe_failures
from tests.signals.witness import Witness, called, echo, returned

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


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
