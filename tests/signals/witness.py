"""Remembers what receivers were called with."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from portico.signals import Signal

T = TypeVar("T")


class Witness:
    """A receiver that remembers. Every one is another receiver."""

    def __init__(self, value: object = None) -> None:
        self.heard: list[tuple[object, dict[str, Any]]] = []
        self.value = value

    def __call__(self, sender: object, /, **payload: Any) -> object:
        self.heard.append((sender, payload))
        return self.value

    def method(self, sender: object, **payload: Any) -> object:
        """Be the bound method that a plugin object connects."""
        return self(sender, **payload)


class Sender:
    """A sender that can be weakly referenced and is compared by identity."""


def untyped(receiver: Callable[..., T]) -> Callable[..., T]:
    """Return a lambda as it is; from `Signal[...]` alone, mypy cannot tell its type."""
    return receiver


def called(signal: Signal[...], sender: object = None, /, **payload: Any) -> list[object]:
    """Return the receivers that a send calls, in order."""
    return [receiver for receiver, _ in signal.send(sender, **payload)]


def returned(signal: Signal[...], sender: object = None, /, **payload: Any) -> list[object]:
    """Return what the receivers of a send return, in order."""
    return [value for _, value in signal.send(sender, **payload)]


def echo(name: str) -> Callable[..., str]:
    """Return a new receiver that returns its name."""

    def receiver(_: object, **__: Any) -> str:
        return name

    return receiver


def line() -> int:
    """Return the caller's line number."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno
