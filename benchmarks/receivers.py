"""Provides receivers that do nothing, so that only the dispatch is measured."""

from collections.abc import Callable
from typing import Any, NamedTuple

Receiver = Callable[..., Any]


class Sender:
    """An ordinary sender: an object, known by its identity."""


class Makers(NamedTuple):
    """Three ways to make one more receiver of the same signature."""

    function: Callable[[], Receiver]
    method: Callable[[], Receiver]
    coroutine: Callable[[], Receiver]


class _Keywords:
    def receive(self, sender: object, **payload: Any) -> None:
        """Do nothing."""


class _Names:
    def receive(self, sender: object, order_id: str, total: int, note: str) -> None:
        """Do nothing."""


def _function() -> Receiver:
    def receive(sender: object, **payload: Any) -> None:
        """Do nothing."""

    return receive


def _function_of_names() -> Receiver:
    def receive(sender: object, order_id: str, total: int, note: str) -> None:
        """Do nothing."""

    return receive


def _coroutine() -> Receiver:
    async def receive(sender: object, **payload: Any) -> None:
        """Do nothing."""

    return receive


KEYWORDS = Makers(_function, lambda: _Keywords().receive, _coroutine)
"""`receive(sender, **payload)`, the form that every library with senders asks for."""

NAMES = Makers(_function_of_names, lambda: _Names().receive, _coroutine)
"""`receive(sender, order_id, total, note)`, for libraries that pass a fixed list of arguments."""
