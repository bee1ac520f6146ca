"""Reads the signature of a receiver that is no plain function: what is called is a wrapper, a partial, an object.

A module of its own, because it imports `inspect`, which the common receiver never needs.
"""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, MethodType
from typing import Any


def signature_of(receiver: Any) -> tuple[inspect.Signature, bool]:
    """Return what a receiver's call takes, and whether it takes anything besides.

    A wrapper that passes everything on (`*args, **kwargs`) shows the signature of what it wraps, but may fill some of
    it itself. Any other wrapper counts as it is written.

    Raises:
        Exception: there is no signature to read, or the receiver's own code failed.
    """
    return _signature(receiver, bound=False)


def _signature(receiver: Any, *, bound: bool) -> tuple[inspect.Signature, bool]:
    kind = type(receiver)
    if kind is FunctionType:
        return _seen_through(receiver, _written(receiver), bound=bound)
    if kind is MethodType:
        shown, loose = _signature(receiver.__func__, bound=True)
        return inspect.signature(MethodType(_showing(shown), receiver.__self__)), loose
    if kind is partial:
        shown, loose = _signature(receiver.func, bound=False)
        return inspect.signature(partial(_showing(shown), *receiver.args, **receiver.keywords)), loose
    if hasattr(kind, "_self_wrapper"):  # Decorated with wrapt: its wrapper is given whatever it is called with.
        return _signature(receiver.__wrapped__, bound=False)[0], True
    call = getattr(kind, "__call__", None)  # noqa: B004 - the function is wanted, not whether it exists
    if type(call) is FunctionType and not isinstance(receiver, type):
        written = inspect.signature(MethodType(_showing(_written(call)), receiver))
        return _seen_through(receiver, written, bound=False)
    return inspect.signature(receiver), False


def _written(function: FunctionType) -> inspect.Signature:
    """Return the signature of the code itself, whatever the function says that it wraps."""
    bare = FunctionType(function.__code__, {}, None, function.__defaults__, function.__closure__)
    bare.__kwdefaults__ = function.__kwdefaults__
    return inspect.signature(bare)


def _seen_through(receiver: Any, written: inspect.Signature, *, bound: bool) -> tuple[inspect.Signature, bool]:
    kinds = [parameter.kind for parameter in written.parameters.values()]
    if bound and kinds and kinds[0] is not inspect.Parameter.VAR_POSITIONAL:
        del kinds[0]
    if kinds != [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]:
        return written, False
    shown = getattr(receiver, "__signature__", None)
    if isinstance(shown, inspect.Signature):
        return shown, True
    wrapped = getattr(receiver, "__wrapped__", None)
    return (written, False) if wrapped is None else (_signature(wrapped, bound=bound)[0], True)


def _showing(signature: inspect.Signature) -> Any:
    def stand_in() -> None:
        """Be bound, or called in part: `inspect` then leaves out what is filled."""

    stand_in.__signature__ = signature  # type: ignore[attr-defined]
    return stand_in
