"""Remembers what receivers were called with."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

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


class Failing:
    """A receiver that raises its error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, _: object, **__: object) -> NoReturn:
        raise self.error


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


async def coroutine(sender: object, **payload: object) -> object:
    """Return what it is called with."""
    await asyncio.sleep(0)
    return sender, payload


def plain(sender: object, **payload: object) -> object:
    """Return what it is called with."""
    return sender, payload


def size(signal: Signal[...]) -> int:
    """Return how much a signal remembers of its subscriptions."""
    registry = signal._registry
    plans = sum(plan is not None and len(plan) for plan in (registry.plan, registry.undeclared_plan))
    return len(registry._by_sender) + len(registry._by_receiver) + len(registry._everyone) + plans


def line() -> int:
    """Return the caller's line number."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno
