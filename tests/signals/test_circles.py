"""Circles of sends, and receivers that recurse without an end."""

import itertools

import pytest

from portico.signals import Namespace, Ownership, ReceiverFailure, Signal, observe_failures
from tests.signals.sending import every_way, send
from tests.signals.witness import Failing, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")

_CIRCLE = "receivers sent each other's signals in a circle: "


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
