"""Provides what every test of the engine begins with."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from portico.signals import Namespace, ReceiverFailure, Signal, guard_payloads, observe_failures

_numbers = count()


@pytest.fixture
def namespace() -> Namespace:
    """A namespace that no other test has."""
    return Namespace(f"test_{next(_numbers)}")


@pytest.fixture
def signal(namespace: Namespace) -> Signal[...]:
    """An undeclared signal."""
    return namespace.signal("happened")


@pytest.fixture
def order_placed(namespace: Namespace) -> Signal[...]:
    """A declared signal with a required and an optional field."""

    @namespace.signal
    def order_placed(sender: object, /, *, order_id: str, total: int = 0) -> None:
        """Sent after an order is stored."""

    return order_placed


@pytest.fixture
def swallowed() -> Iterator[list[BaseException | None]]:
    """The exceptions that Python could only print: of finalizers, weak-reference callbacks and threads."""
    errors: list[BaseException | None] = []
    hooks = sys.unraisablehook, threading.excepthook
    sys.unraisablehook = lambda unraisable: errors.append(unraisable.exc_value)
    threading.excepthook = lambda failed: errors.append(failed.exc_value)
    yield errors
    sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def uncollected() -> Iterator[None]:
    """A test without garbage collection: what it calls at the limit of recursion could only print that it failed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def failures() -> Iterator[list[ReceiverFailure]]:
    """Every isolated failure, as the host sees it."""
    seen: list[ReceiverFailure] = []
    forget = observe_failures(seen.append)
    yield seen
    forget()


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


@pytest.fixture(params=["hot path", "tapped", "declared"])
def walked(request: pytest.FixtureRequest) -> Signal[...]:
    """A signal on each of the ways in which a send can walk its receivers."""
    if request.param == "declared":
        declared: Signal[...] = request.getfixturevalue("order_placed")
        return declared
    signal: Signal[...] = request.getfixturevalue("signal")
    if request.param == "tapped":
        signal.tap(lambda _: None)
    return signal


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
