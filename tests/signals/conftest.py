"""Provides what every test of the engine begins with."""

import gc
import sys
import threading
from collections.abc import Iterator
from itertools import count

import pytest

from portico.signals import Namespace, Signal

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
