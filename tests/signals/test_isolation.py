import asyncio
import itertools
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, NoReturn

import pytest

from portico.errors import AsyncReceiverError, DeclarationError, SignalError, Veto
from portico.signals import Namespace, Ownership, ReceiverFailure, Signal, guard_payloads, observe_failures
from tests.signals.witness import Witness, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")

_CIRCLE = "receivers sent each other's signals in a circle: "


class Failing:
    """A receiver that raises its error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, _: object, **__: object) -> NoReturn:
        raise self.error


@pytest.fixture
def failures() -> Iterator[list[ReceiverFailure]]:
    """Every isolated failure, as the host sees it."""
    seen: list[ReceiverFailure] = []
    forget = observe_failures(seen.append)
    yield seen
    forget()


@pytest.fixture(params=["hot path", "tapped", "undeclared and overridden", "host's override"])
def isolating(request: pytest.FixtureRequest, namespace: Namespace) -> Signal[...]:
    """A signal that isolates, in each of the ways in which one can."""

    def isolating(sender: object, /, *, field: int = 0) -> None: ...

    if request.param == "undeclared and overridden":
        signal = namespace.signal("isolating")
        signal.override_policy("isolate")
        return signal
    signal = namespace.signal(policy="raise" if request.param == "host's override" else "isolate")(isolating)
    if request.param == "host's override":
        signal.override_policy("isolate")
    if request.param == "tapped":
        signal.tap(lambda _: None)
    return signal


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


# -- default --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["undeclared", "declared", "declared with a field", "tapped", "guarded", "overridden"])
def default(request: pytest.FixtureRequest, namespace: Namespace) -> Iterator[Signal[...]]:
    """A signal whose policy nobody has said anything about, in each of the ways in which it may be sent."""

    def default(sender: object, /) -> None: ...
    def default_with_a_field(sender: object, /, *, field: int = 0) -> None: ...

    with ExitStack() as undo:
        if request.param == "undeclared":
            yield namespace.signal("default")
        elif request.param == "declared with a field":
            yield namespace.signal(default_with_a_field)
        elif request.param == "overridden":
            signal = namespace.signal(policy="raise")(default)
            undo.callback(signal.override_policy("default"))
            yield signal
        else:
            signal = namespace.signal(default)
            if request.param == "tapped":
                signal.tap(lambda _: None)
            if request.param == "guarded":
                undo.callback(guard_payloads(lambda _: None))
            yield signal


def send(signal: Signal[...], how: str) -> list[object]:
    """Send in one of the ways that there are, and return the values."""
    if how == "send":
        return [value for _, value in signal.send(None)]
    if how == "collect":
        return signal.collect(None)
    concurrent = how == "send_async side by side"
    return [value for _, value in asyncio.run(signal.send_payload_async(None, {}, concurrent=concurrent))]


every_way = pytest.mark.parametrize("how", ["send", "collect", "send_async", "send_async side by side"])


def test_the_policy_is_the_default_unless_the_declaration_says_otherwise(
    signal: Signal[...], order_placed: Signal[...]
) -> None:
    assert (signal.policy, order_placed.policy) == ("default", "default")


@every_way
def test_a_default_send_isolates_what_a_plugin_owns_and_leaves_its_failure_out(
    default: Signal[...], how: str, failures: list[ReceiverFailure]
) -> None:
    default.connect(echo("before"))
    with Ownership("flaky") as owned:
        default.connect(Failing(KeyError("no")))
    default.connect(echo("after"))

    values = send(default, how)

    assert values == ["before", "after"]
    assert [(failure.owner, failure.subscription) for failure in failures] == [("flaky", owned.subscriptions[0])]


@every_way
def test_a_default_send_lets_out_what_the_applications_own_receiver_raises(
    default: Signal[...], how: str, failures: list[ReceiverFailure]
) -> None:
    default.connect(Failing(KeyError("mine")))

    with pytest.raises(KeyError, match="mine"):
        send(default, how)

    assert failures == []


@every_way
@pytest.mark.parametrize("count", [1, 10])
def test_a_default_send_isolates_a_coroutine_receiver_of_a_plugin(default: Signal[...], how: str, count: int) -> None:
    async def fail(_: object, **__: object) -> NoReturn:
        raise KeyError

    async def say(_: object, **__: object) -> str:
        return "said"

    for _ in range(count):
        default.connect(echo("before"))
    with Ownership("flaky"):
        default.connect(fail)
    default.connect(say)

    assert send(default, how) == [*["before"] * count, "said"]


@pytest.mark.parametrize("first", ["application", "plugin"])
def test_who_owns_a_receiver_is_who_connected_it_where_it_is_called(default: Signal[...], first: str) -> None:
    receiver = Failing(KeyError("no"))
    with Ownership("flaky", rank=-1 if first == "plugin" else 1):
        default.connect(receiver)
    default.connect(receiver)

    if first == "plugin":
        assert default.send(None) == []
    else:
        with pytest.raises(KeyError):
            default.send(None)


def test_a_plugins_receiver_whose_first_parameter_is_a_field_is_isolated_too(
    signal: Signal[...], failures: list[ReceiverFailure]
) -> None:
    def first(instance: int, **_: object) -> NoReturn:
        raise KeyError

    def other(name: int, **_: object) -> NoReturn:
        raise KeyError

    with Ownership("flaky") as owned:
        signal.connect(first)
        signal.connect(other)
    signal.connect(echo("after"))

    values = returned(signal, "s", instance=1)
    owned.cancel()

    assert values == ["after"]
    assert [failure.owner for failure in failures] == ["flaky", "flaky"]
    assert returned(signal, "s", instance=1) == ["after"]


def test_a_plugins_receiver_that_cannot_take_an_undeclared_payload_fails_alone(signal: Signal[...]) -> None:
    with Ownership("flaky"):
        signal.connect(untyped(lambda sender, colour: colour))
    signal.connect(echo("after"))

    assert returned(signal, "s", size=1) == ["after"]


def test_a_receiver_that_disconnects_its_plugin_before_it_fails_is_still_the_plugins(
    default: Signal[...], failures: list[ReceiverFailure]
) -> None:
    with Ownership("flaky") as owned:

        @default.connect
        def leave(_: object, **__: object) -> NoReturn:
            owned.cancel()
            raise KeyError

    assert default.send(None) == []
    assert [failure.owner for failure in failures] == ["flaky"]


def test_a_veto_of_a_plugin_passes_where_the_signal_is_vetoable(namespace: Namespace) -> None:
    def arriving(sender: object, /) -> None: ...

    signal = namespace.signal(vetoable=True)(arriving)
    with Ownership("guard"):
        signal.connect(Failing(Veto("closed")))

    with pytest.raises(Veto, match="closed"):
        signal.send(None)


@pytest.mark.parametrize("policy", ["default", "isolate"])
@pytest.mark.parametrize("tapped", [False, True])
def test_exceptions_that_the_signal_names_pass_its_isolation(
    namespace: Namespace, policy: str, *, tapped: bool
) -> None:
    def guarding(sender: object, /) -> None: ...

    signal = namespace.signal(policy=policy, passing=(PermissionError, GeneratorExit))(guarding)
    if tapped:
        signal.tap(lambda _: None)
    with Ownership("guard"):
        signal.connect(Failing(KeyError("isolated")))
        signal.connect(Failing(PermissionError("abort")))

    with pytest.raises(PermissionError, match="abort"):
        signal.send(None)


@pytest.mark.parametrize("passing", [PermissionError, ("PermissionError",), (3,), [PermissionError]])
def test_what_passes_the_isolation_has_to_be_exceptions(namespace: Namespace, passing: Any) -> None:
    def guarding(sender: object, /) -> None: ...

    with pytest.raises(DeclarationError, match=r"cannot declare .*guarding' with passing=.*; use a tuple of exception"):
        namespace.signal(passing=passing)(guarding)


def test_inside_an_event_loop_only_the_applications_coroutine_receiver_refuses_the_send(
    default: Signal[...], failures: list[ReceiverFailure]
) -> None:
    async def never(_: object, **__: object) -> None: ...

    witness = Witness("called")
    with Ownership("flaky") as owned:
        default.connect(never)
    default.connect(witness)

    async def send_in_loop() -> list[object]:
        return [value for _, value in default.send(None)]

    with_the_plugin = asyncio.run(send_in_loop())
    owned.cancel()
    default.connect(never)
    with pytest.raises(AsyncReceiverError, match=r"cannot run the coroutine receiver .*never of "):
        asyncio.run(send_in_loop())

    assert with_the_plugin == ["called"]
    assert len(witness.heard) == 1
    assert [type(failure.error) for failure in failures] == [AsyncReceiverError]


# -- leaving the process --------------------------------------------------------------------------------------------


@every_way
def test_a_receiver_of_a_plugin_that_exits_does_not_end_the_process(
    default: Signal[...], how: str, failures: list[ReceiverFailure]
) -> None:
    with Ownership("flaky"):
        default.connect(untyped(lambda _, **__: sys.exit("no")))
    default.connect(echo("after"))

    assert send(default, how) == ["after"]
    assert [type(failure.error) for failure in failures] == [SystemExit]


def test_a_coroutine_receiver_that_exits_leaves_the_runner_of_its_thread_usable(default: Signal[...]) -> None:
    async def leave(_: object, **__: object) -> None:
        await asyncio.sleep(0)
        sys.exit("no")

    async def say(_: object, **__: object) -> str:
        await asyncio.sleep(0)
        return "said"

    with Ownership("flaky"):
        default.connect(leave)
    default.connect(say)

    assert (send(default, "send"), send(default, "send")) == (["said"], ["said"])


@every_way
def test_the_applications_own_receiver_may_end_the_process(default: Signal[...], how: str) -> None:
    default.connect(untyped(lambda _, **__: sys.exit("yes")))

    with pytest.raises(SystemExit, match="yes"):
        send(default, how)


class Stopping:
    """Signal handlers, in each of the forms that `signal.signal` takes."""

    def method(self, number: int, frame: object) -> NoReturn:
        sys.exit("stopped")

    __call__ = method


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(lambda number, frame: sys.exit("stopped"), id="function"),
        pytest.param(Stopping().method, id="method"),
        pytest.param(Stopping(), id="object"),
        pytest.param(partial(Stopping().method), id="partial"),
    ],
)
@pytest.mark.parametrize("policy", ["default", "isolate"])
@every_way
def test_a_signal_handler_that_ends_the_process_in_the_midst_of_a_receiver_is_heard(
    namespace: Namespace, policy: str, how: str, handler: Any, failures: list[ReceiverFailure]
) -> None:
    def stopped(sender: object, /) -> None: ...

    stoppable = namespace.signal(policy=policy)(stopped)
    with Ownership("flaky"):
        stoppable.connect(untyped(lambda _: signal.raise_signal(signal.SIGUSR1)))
    before = signal.signal(signal.SIGUSR1, handler)

    try:
        with pytest.raises(SystemExit, match="stopped"):
            send(stoppable, how)
    finally:
        signal.signal(signal.SIGUSR1, before)

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

    assert error.__notes__ == [f"raised by receiver {__name__}.Failing of plugin flaky of {default.label}"]


def test_what_leaves_several_sends_says_so_of_each(signal: Signal[...], order_placed: Signal[...]) -> None:
    signal.connect(Failing(KeyboardInterrupt()))
    order_placed.connect(untyped(lambda _, **__: signal.send(None)))

    with pytest.raises(KeyboardInterrupt) as caught:
        order_placed.send(None, order_id="o-1")

    inner, outer = caught.value.__notes__
    assert inner == f"raised by receiver {__name__}.Failing of {signal.label}"
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
    assert record.getMessage() == f"receiver {__name__}.Failing of plugin flaky failed in {isolating.label}"
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


# -- cycles ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("tapped", [False, True])
@pytest.mark.parametrize("policy", ["raise", "isolate"])
def test_signals_that_send_each_other_end_in_a_recursion_error_that_names_them(
    namespace: Namespace, policy: str, *, tapped: bool
) -> None:
    def ping(sender: object, /) -> None: ...
    def pong(sender: object, /) -> None: ...

    signals: list[Signal[...]] = [namespace.signal(policy=policy)(stub) for stub in (ping, pong)]
    outside = namespace.signal("outside")
    for one in signals:
        if tapped:
            one.tap(lambda _: None)
    signals[0].connect(untyped(lambda _: signals[1].send(None)))
    signals[1].connect(untyped(lambda _: signals[0].send(None)))
    signals[1].connect(untyped(lambda _: signals[0].send(None)))
    outside.connect(untyped(lambda _: signals[0].send(None)))
    outside.override_policy("isolate")

    (error,) = returned(outside)

    assert isinstance(error, RecursionError)
    (note,) = error.__notes__
    assert note.startswith(_CIRCLE)
    assert sorted(note.removeprefix(_CIRCLE).split(", ")) == sorted(one.label for one in signals)


@pytest.mark.usefixtures("uncollected")
@every_way
def test_a_plugins_own_endless_recursion_is_a_failure_of_the_plugin(
    default: Signal[...], how: str, failures: list[ReceiverFailure]
) -> None:
    def deeper() -> None:  # Without `**kwargs`: Python 3.13.0 lets such a function recurse until the memory is gone.
        deeper()

    with Ownership("flaky"):
        default.connect(untyped(lambda _, **__: deeper()))
    default.connect(echo("after"))

    assert send(default, how) == ["after"]
    assert [(failure.owner, type(failure.error)) for failure in failures] == [("flaky", RecursionError)]


@pytest.mark.usefixtures("uncollected")
def test_a_circle_leaves_its_outermost_send_too_and_whatever_way_its_sends_take(
    default: Signal[...], failures: list[ReceiverFailure]
) -> None:
    ways = itertools.cycle(["send", "collect", "send_isolated"])

    def send_again(_: object, **__: object) -> None:
        getattr(default, next(ways))(None)

    with Ownership("flaky"):
        default.connect(send_again)
        default.connect(untyped(lambda _, **__: send_again(_)))

    with pytest.raises(RecursionError) as caught:
        default.send(None)

    assert caught.value.__notes__ == [_CIRCLE + default.label]
    assert failures == []


@pytest.mark.usefixtures("uncollected")
def test_an_undeclared_cycle_names_its_signal(signal: Signal[...]) -> None:
    signal.connect(untyped(lambda _: signal.send(None)))

    with pytest.raises(RecursionError) as caught:
        signal.send(None)

    assert caught.value.__notes__ == [_CIRCLE + signal.label]


@pytest.mark.usefixtures("uncollected")
def test_an_observer_whose_own_sends_fail_does_not_double_the_work_at_every_level(isolating: Signal[...]) -> None:
    def send_again(_: ReceiverFailure) -> None:
        isolating.send(None)

    forget = [observe_failures(send_again), observe_failures(send_again)]
    isolating.connect(Failing(KeyError("no")))

    with pytest.raises(RecursionError):
        isolating.send(None)

    for one in forget:
        one()
