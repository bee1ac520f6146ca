"""Calls a receiver with those of the arguments that it can take."""

from __future__ import annotations

import inspect
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

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

    def fitting(
        self, receiver: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the named arguments that the receiver has room for, besides all positional ones.

        Raises:
            TypeError: a parameter is given twice, by position and by name.
        """
        twice = arguments and [name for name in self.positional[: len(arguments)] if name in named]
        if twice:
            msg = f"cannot call {describe_receiver(receiver)}: {', '.join(twice)} given twice, by position and by name"
            raise TypeError(msg)
        return named if self.anything else {name: value for name, value in named.items() if name in self.named}


# Of Python functions, called as they are and as methods: reading a signature costs more than the rest of a send.
_known: Final = WeakKeyDictionary[FunctionType, dict[bool, Capacity]]()


def capacity_of(receiver: Callable[..., Any]) -> Capacity:
    """Return what a receiver can take.

    Raises:
        ValueError: it has no signature that could be read.
    """
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    if type(function) is not FunctionType or "__signature__" in function.__dict__:
        return _read(receiver)
    known = _known.setdefault(function, {})
    bound = function is not receiver
    if bound not in known:
        known[bound] = _read(receiver)
    return known[bound]


def _read(receiver: Callable[..., Any]) -> Capacity:
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


def robustApply(receiver: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """Call a receiver with all positional arguments and those named ones that it has room for.

    Raises:
        TypeError: a parameter is given twice, by position and by name.
        ValueError: the receiver has no signature that could be read.
    """
    return receiver(*arguments, **capacity_of(receiver).fitting(receiver, arguments, named))
