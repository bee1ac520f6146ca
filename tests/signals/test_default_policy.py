"""The policy of a signal whose declaration names none: plugins are isolated, the application is not."""

import asyncio
import signal
import sys
from functools import partial
from typing import Any, NoReturn

import pytest

from portico.errors import AsyncReceiverError, DeclarationError, SignalError, Veto
from portico.signals import Namespace, Ownership, ReceiverFailure, Signal
from tests.signals.sending import every_way, send
from tests.signals.witness import Failing, Witness, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


# -- default --------------------------------------------------------------------------------------------------------


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


def test_exceptions_can_be_let_pass_for_a_while(namespace: Namespace) -> None:
    def guarding(sender: object, /) -> None: ...

    signal = namespace.signal(policy="isolate")(guarding)
    error = PermissionError("no")

    def guard(sender: object) -> None:
        raise error

    signal.connect(guard)
    with signal.let_pass(PermissionError), pytest.raises(PermissionError):
        signal.send(None)
    once = signal.let_pass(PermissionError)
    twice = signal.let_pass(PermissionError)
    once()
    with pytest.raises(PermissionError):
        signal.send(None)
    twice()

    assert signal.send(None) == [(guard, error)]
    with pytest.raises(SignalError, match=r"cannot let \(3,\) pass .*:guarding; give exception classes"):
        signal.let_pass(3)  # type: ignore[arg-type]
