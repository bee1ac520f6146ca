import asyncio
import logging

import pytest

from portico.errors import SignalError, Veto
from portico.signals import Namespace, Ownership, ReceiverFailure, Signal, observe_failures
from tests.signals.sending import every_way, send
from tests.signals.witness import Failing, Witness, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


@pytest.fixture
def vetoable(namespace: Namespace) -> Signal[...]:
    @namespace.signal(policy="isolate", vetoable=True)
    def vetoable(sender: object, /) -> None: ...

    return vetoable


# -- raise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tapped", [False, True])
def test_the_first_exception_leaves_the_send_of_a_raising_signal(signal: Signal[...], *, tapped: bool) -> None:
    signal.override_policy("raise")
    if tapped:
        signal.tap(lambda _: None)
    before, after = Witness(), Witness()
    for receiver in (before, Failing(KeyError("first")), Failing(KeyError("second")), after):
        signal.connect(receiver)

    with pytest.raises(KeyError, match="first"):
        signal.send(None)

    assert (len(before.heard), len(after.heard)) == (1, 0)


def test_a_raising_signal_lets_out_what_a_plugins_receiver_raises(
    signal: Signal[...], failures: list[ReceiverFailure]
) -> None:
    signal.override_policy("raise")
    with Ownership("flaky"):
        signal.connect(Failing(KeyError("no")))

    with pytest.raises(KeyError):
        signal.send(None)

    assert failures == []


# -- whose exception it is ------------------------------------------------------------------------------------------


@every_way
def test_what_leaves_a_send_says_which_receiver_of_which_signal_and_plugin_raised_it(
    default: Signal[...], how: str
) -> None:
    default.override_policy("raise")
    error = KeyError("no")
    with Ownership("flaky"):
        default.connect(Failing(error))

    for _ in range(2):
        with pytest.raises(KeyError):
            send(default, how)

    assert error.__notes__ == [f"raised by receiver {Failing.__module__}.Failing of plugin flaky of {default.label}"]


def test_what_leaves_several_sends_says_so_of_each(signal: Signal[...], order_placed: Signal[...]) -> None:
    signal.connect(Failing(KeyboardInterrupt()))
    order_placed.connect(untyped(lambda _, **__: signal.send(None)))

    with pytest.raises(KeyboardInterrupt) as caught:
        order_placed.send(None, order_id="o-1")

    inner, outer = caught.value.__notes__
    assert inner == f"raised by receiver {Failing.__module__}.Failing of {signal.label}"
    assert outer.endswith(f"<lambda> of {order_placed.label}")


def test_a_veto_knows_its_signal_its_receiver_and_its_plugin(vetoable: Signal[...]) -> None:
    receiver = Failing(Veto("closed"))
    with Ownership("guard"):
        vetoable.connect(receiver)

    with pytest.raises(Veto) as caught:
        vetoable.send(None)

    assert (caught.value.signal, caught.value.receiver, caught.value.plugin) == (vetoable, receiver, "guard")


# -- isolate --------------------------------------------------------------------------------------------------------


def test_every_receiver_of_an_isolating_signal_is_called(isolating: Signal[...]) -> None:
    error = KeyError("no")
    for receiver in (Witness(1), Failing(error), Witness(2)):
        isolating.connect(receiver)

    assert returned(isolating, field=1) == [1, error, 2]
    assert isolating.policy == "isolate"


def test_an_isolated_failure_is_logged_with_signal_receiver_and_plugin(
    isolating: Signal[...], caplog: pytest.LogCaptureFixture
) -> None:
    with Ownership("flaky"):
        isolating.connect(Failing(KeyError("no")))

    isolating.send("sender is private", field=12345)

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("portico.signals", logging.ERROR)
    assert record.getMessage() == f"receiver {Failing.__module__}.Failing of plugin flaky failed in {isolating.label}"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)
    assert "private" not in caplog.text
    assert "12345" not in caplog.text


def test_an_isolated_failure_of_nobodys_receiver_is_logged_too(
    isolating: Signal[...], caplog: pytest.LogCaptureFixture
) -> None:
    isolating.connect(Failing(KeyError("no")))

    isolating.send(None)

    assert "of no plugin failed" in caplog.text


def test_an_isolated_failure_is_told_to_the_observers(isolating: Signal[...], failures: list[ReceiverFailure]) -> None:
    receiver = Failing(KeyError("no"))
    with Ownership("flaky") as owned:
        isolating.connect(receiver)

    isolating.send(None)

    assert failures == [ReceiverFailure(isolating, owned.subscriptions[0], receiver, receiver.error)]
    assert failures[0].owner == "flaky"


def test_an_isolated_failure_of_a_bound_method_or_a_receiver_connected_twice_is_told_once(
    isolating: Signal[...], failures: list[ReceiverFailure]
) -> None:
    class Plugin:
        def fail(self, _: object, **__: object) -> None:
            raise KeyError

    plugin = Plugin()
    isolating.connect(plugin.fail)
    isolating.connect(plugin.fail, sender="eu")

    isolating.send("eu")

    assert [failure.receiver for failure in failures] == [plugin.fail]


def test_an_observer_that_fails_breaks_nothing(isolating: Signal[...], caplog: pytest.LogCaptureFixture) -> None:
    forget = observe_failures(Failing(ValueError("observer")))
    isolating.connect(Failing(KeyError("no")))
    isolating.connect(echo("after"))

    values = returned(isolating)
    forget()

    assert values[1] == "after"
    assert "an observer of failures failed itself" in caplog.text


def test_an_observer_is_forgotten_exactly_once(isolating: Signal[...]) -> None:
    seen: list[ReceiverFailure] = []
    forget, forget_other = observe_failures(seen.append), observe_failures(seen.append)
    isolating.connect(Failing(KeyError("no")))

    forget()
    forget()
    isolating.send(None)
    forget_other()
    isolating.send(None)

    assert len(seen) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()])
def test_only_exceptions_are_isolated(isolating: Signal[...], error: BaseException) -> None:
    isolating.connect(Failing(error))

    with pytest.raises(type(error)):
        isolating.send(None)


def test_a_declared_signal_checks_its_payload_though_it_isolates(namespace: Namespace) -> None:
    @namespace.signal(policy="isolate")
    def isolating(sender: object, /) -> None: ...

    with pytest.raises(TypeError, match="field"):
        isolating.send(None, field=1)  # type: ignore[call-arg]


# -- veto -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tapped", [False, True])
def test_a_veto_leaves_the_send_of_a_vetoable_signal(vetoable: Signal[...], *, tapped: bool) -> None:
    if tapped:
        vetoable.tap(lambda _: None)
    error, after = KeyError("isolated"), Witness()
    for receiver in (Failing(error), Failing(Veto("the disk is full")), after):
        vetoable.connect(receiver)

    with pytest.raises(Veto, match="the disk is full"):
        vetoable.send(None)

    assert after.heard == []


def test_other_failures_of_a_vetoable_signal_are_isolated(vetoable: Signal[...]) -> None:
    error = KeyError("no")
    vetoable.connect(Failing(error))

    assert returned(vetoable) == [error]


def test_a_veto_of_a_signal_that_is_not_vetoable_is_a_failure_like_any_other(isolating: Signal[...]) -> None:
    veto = Veto("no")
    isolating.connect(Failing(veto))

    assert returned(isolating) == [veto]


# -- send_isolated --------------------------------------------------------------------------------------------------


def test_sending_isolated_isolates_whatever_the_policy(
    signal: Signal[...], order_placed: Signal[...], failures: list[ReceiverFailure]
) -> None:
    error = KeyError("no")
    for one in (signal, order_placed):
        one.connect(Failing(error))
        one.connect(echo("after"))

    assert [value for _, value in signal.send_isolated(None)] == [error, "after"]
    assert [value for _, value in order_placed.send_isolated(None, order_id="o-1")] == [error, "after"]
    assert len(failures) == 2


def test_sending_isolated_isolates_a_veto_too(vetoable: Signal[...]) -> None:
    veto = Veto("too late")
    vetoable.connect(Failing(veto))

    assert [value for _, value in vetoable.send_isolated(None)] == [veto]


def test_sending_isolated_isolates_although_the_host_says_propagate(vetoable: Signal[...]) -> None:
    error = KeyError("no")
    vetoable.override_policy("raise")
    vetoable.connect(Failing(error))

    assert [value for _, value in vetoable.send_isolated(None)] == [error]


# -- collect --------------------------------------------------------------------------------------------------------


def test_collecting_returns_the_values_that_are_not_none_in_order(signal: Signal[...]) -> None:
    values: list[object] = ["a", None, 0, "", [], "b"]
    for value in values:
        signal.connect(Witness(value))

    assert signal.collect("eu") == ["a", 0, "", [], "b"]


def test_collecting_leaves_failures_out(isolating: Signal[...]) -> None:
    returned_error = KeyError("a value")
    for receiver in (echo("a"), Failing(KeyError("a failure")), Witness(returned_error), echo("b")):
        isolating.connect(receiver)

    assert isolating.collect(None) == ["a", returned_error, "b"]


def test_collecting_from_a_raising_signal_raises(signal: Signal[...]) -> None:
    signal.connect(Failing(KeyError("no")))

    with pytest.raises(KeyError):
        signal.collect(None)


# -- override -------------------------------------------------------------------------------------------------------


def test_the_host_can_have_exceptions_propagate(isolating: Signal[...]) -> None:
    isolating.connect(Failing(KeyError("no")))

    undo = isolating.override_policy("raise")
    with pytest.raises(KeyError):
        isolating.send(None)
    undo()

    assert isolating.policy == "isolate"
    assert len(isolating.send(None)) == 1


def test_a_veto_leaves_a_vetoable_signal_that_is_overridden_to_isolate(vetoable: Signal[...]) -> None:
    vetoable.override_policy("isolate")
    vetoable.connect(Failing(Veto("no")))

    with pytest.raises(Veto):
        vetoable.send(None)


def test_overrides_can_be_undone_in_any_order_and_twice(signal: Signal[...]) -> None:
    first, second = signal.override_policy("isolate"), signal.override_policy("isolate")

    first()
    first()
    with_one = signal.policy
    second()

    assert (with_one, signal.policy) == ("isolate", "default")


def test_of_two_overrides_the_later_counts(signal: Signal[...]) -> None:
    signal.override_policy("isolate")
    undo = signal.override_policy("raise")

    with_both = signal.policy
    undo()

    assert (with_both, signal.policy) == ("raise", "isolate")


def test_an_unknown_policy_is_refused(signal: Signal[...]) -> None:
    with pytest.raises(SignalError, match=r"policy of .* with 'ignore'; use one of: default, raise, isolate"):
        signal.override_policy("ignore")

    assert signal.policy == "default"
