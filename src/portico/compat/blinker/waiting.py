"""Calls coroutine receivers where nobody awaits, and plain ones where everything is awaited, as blinker's wrappers say.

A wrapper belongs to one send. It reaches the functions that the engine calls through the context, and those only:
while a receiver runs, it is not there.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.errors import AsyncReceiverError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from portico.signals import Receiver, Signal

    Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Wrappers(NamedTuple):
    """What a send of one signal puts around its receivers."""

    signal: Signal[...]
    plain: Wrapper | None
    """Makes a plain receiver awaitable."""
    coroutine: Wrapper | None
    """Makes a coroutine receiver one that is simply called."""


_wrappers: Final[ContextVar[_Wrappers | None]] = ContextVar("portico_blinker_wrappers", default=None)


def plain_call(signal: Signal[...]) -> Callable[[Receiver, Any, dict[str, Any]], Any]:
    """Return how plain receivers of a signal are called: `receiver(sender, **payload)`, wrapped if the send says so."""

    def call(receiver: Receiver, sender: Any, payload: dict[str, Any]) -> Any:
        wrappers = _wrappers.get()
        if wrappers is None or wrappers.plain is None or wrappers.signal is not signal:
            return receiver(sender, **payload)
        return _awaited(wrappers.plain(receiver), sender, payload)

    return call


def coroutine_call(signal: Signal[...]) -> Callable[[Receiver, Any, dict[str, Any]], Coroutine[Any, Any, Any]]:
    """Return how coroutine receivers of a signal are called: awaited, or wrapped and called if the send says so."""

    async def call(receiver: Receiver, sender: Any, payload: dict[str, Any]) -> Any:
        wrappers = _wrappers.get()
        if wrappers is None or wrappers.coroutine is None or wrappers.signal is not signal:
            return await _awaited(receiver, sender, payload)
        with _wrapping(None):
            return wrappers.coroutine(receiver)(sender, **payload)

    return call


async def _awaited(receiver: Callable[..., Awaitable[Any]], sender: Any, payload: dict[str, Any]) -> Any:
    with _wrapping(None):
        return await receiver(sender, **payload)


def send_with(signal: Signal[...], wrapper: Wrapper, sender: Any, payload: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Send, calling coroutine receivers through `wrapper`. Needs no event loop, and does not mind a running one.

    Raises:
        AsyncReceiverError: a coroutine receiver that Portico itself connected; the wrapper cannot be put around it.
    """
    with _wrapping(_Wrappers(signal, plain=None, coroutine=wrapper)):
        # With every coroutine receiver wrapped, nothing in it waits: it is over at the first step.
        dispatch = signal.send_payload_async(sender, payload)
        try:
            dispatch.send(None)
        except StopIteration as over:
            results: list[tuple[Any, Any]] = over.value
            return results
        dispatch.close()
        raise refused(signal, "a coroutine receiver connected by Portico", "send_async")


async def send_async_with(
    signal: Signal[...], wrapper: Wrapper | None, sender: Any, payload: dict[str, Any]
) -> list[tuple[Any, Any]]:
    """Send, awaiting coroutine receivers, and plain ones through `wrapper`."""
    with _wrapping(_Wrappers(signal, plain=wrapper, coroutine=None)):
        return await signal.send_payload_async(sender, payload)


def refused(signal: Signal[...], what: str, instead: str) -> AsyncReceiverError:
    """Return the error for a receiver that a send cannot call."""
    return AsyncReceiverError(f"cannot send {signal.label} to {what} in this way; use {instead}")


@contextmanager
def _wrapping(wrappers: _Wrappers | None) -> Iterator[None]:
    token = _wrappers.set(wrappers)
    try:
        yield
    finally:
        with suppress(ValueError):  # A coroutine that is thrown away half done ends in some other context.
            _wrappers.reset(token)
