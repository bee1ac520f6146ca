"""Calls a receiver with as much as it can take."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from portico.signals import describe_receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Capacity(NamedTuple):
    """What a receiver can take."""

    positional: tuple[str, ...]
    """The parameters that positional arguments fill, in order."""
    named: frozenset[str]
    """The parameters that can be given by name."""
    anything: bool
    """Whether it has `**kwargs`."""

    def call(self, receiver: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Call the receiver with all positional arguments and those named ones that it has room for.

        Raises:
            TypeError: a parameter is given twice, by position and by name.
        """
        twice = arguments and [name for name in self.positional[: len(arguments)] if name in named]
        if twice:
            msg = f"cannot call {describe_receiver(receiver)}: {', '.join(twice)} given both by position and by name"
            raise TypeError(msg)
        if not self.anything:
            named = {name: value for name, value in named.items() if name in self.named}
        return receiver(*arguments, **named)


def capacity_of(receiver: Callable[..., Any]) -> Capacity:
    """Return what a receiver can take.

    Raises:
        ValueError: it has no signature that could be read.
    """
    try:
        # What a wrapper itself takes, not what it wraps: it may use what it does not hand on.
        parameters = inspect.signature(receiver, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError) as error:
        msg = f"cannot find out what {describe_receiver(receiver)} takes: it has no signature"
        raise ValueError(msg) from error
    return Capacity(
        tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)),
        frozenset(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)),
        any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def robustApply(receiver: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a receiver with all positional arguments and those named ones that it has room for.

    Raises:
        TypeError: a parameter is given twice, by position and by name.
        ValueError: the receiver has no signature that could be read.
    """
    return capacity_of(receiver).call(receiver, arguments, named)
