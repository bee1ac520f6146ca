"""Connects a receiver on behalf of the code that asks for it, and warns at its line where that was a mistake."""

from __future__ import annotations

import sys
from _thread import _local  # `threading` costs more to import than it offers here
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final
from warnings import warn_explicit

from portico.errors import LostReceiverWarning, ReceiverError, UnboundReceiverWarning
from portico.signals.receivers import Receiver, describe_receiver
from portico.signals.senders import ANY
from portico.signals.signatures import Parameters, read_parameters, unfilled
from portico.signals.subscription import AnyRegistry, Subscription, scopes

if TYPE_CHECKING:
    from types import FrameType
    from weakref import ref

    from portico.signals.any_signal import AnySignal

# Whose frames stand between `connect` and the code that wanted it: ours, and the generators behind `with` blocks.
_BETWEEN: Final = ("portico.signals.", "portico.compat.", "contextlib")

_OPTIMIZED: Final = 0x01

# What a method calls the parameter that binding fills.
_BOUND: Final = ("self", "cls")

_thread: Final = _local()


def connect(registry: AnyRegistry, receiver: Any, sender: object, *, weak: bool | None, order: int) -> Subscription:
    """Connect a receiver, for the scope and the module whose code asks for it.

    Args:
        registry: whose signal it is connected to.
        receiver: what is connected.
        sender: whom it is to hear; ANY for everyone.
        weak: whether its object may die; None leaves it to the kind of receiver. What is owned is never weak.
        order: receivers of lower order are called first.

    Raises:
        ReceiverError: it is not callable, would not run when it is called, or does not fit the declared signal.
        TypeError: it was to be weak, and cannot be weakly referenced.
    """
    _thread.connected = None  # What the last connecting remembered is over: objects may die in this line again.
    caller, entered = calling_frame(), scopes.get()
    module, scope = caller.f_globals.get("__name__"), entered[-1] if entered else None
    parameters = read_parameters(receiver) if callable(receiver) else None
    if parameters is None or parameters.generator:
        raise _unusable(registry, receiver, scope.owner if scope else None)
    fields = registry.fields
    if fields is not None and parameters.required:
        require_fit(registry, receiver, parameters, scope.owner if scope else None)
    at_import = _runs_module_body(caller)
    sequence = 0
    if at_import and registry.vacated:
        sequence, earlier = registry.take_place(module, receiver, order)
        scope = scope or earlier
    key, sender_ref = (ANY, None) if sender is ANY else registry.refer_to(sender)
    subscription = Subscription(
        registry,
        receiver,
        parameters,
        sender_key=key,
        sender_ref=sender_ref,
        order=order,
        weak=weak if scope is None else False,
        scope=scope,
        module=module,
        at_import=at_import,
        sequence=sequence,
    )
    registry.add(subscription)
    if subscription._held is None or sender_ref is not None:
        # Numbers, not the objects: whatever is kept here is kept alive until this thread connects again.
        _thread.connected = (id(caller), caller.f_lineno, subscription._held_weakly(receiver))
    try:
        if registry.fields is not fields:  # Declared meanwhile, by somebody who may have missed this one.
            require_fit(registry, receiver, parameters, subscription.owner)
        _warn(registry.signal, receiver, parameters, caller)
    except BaseException:
        subscription.cancel()  # Nothing is left half connected, also where warnings are errors.
        raise
    if scope is not None:
        scope.subscriptions.append(subscription)
    return subscription


def require_fit(registry: AnyRegistry, receiver: Receiver, parameters: Parameters, owner: str | None) -> None:
    """Refuse a receiver that the declaration of its signal, if it has one, leaves without something it requires.

    Raises:
        ReceiverError: it is such a receiver.
    """
    fields = registry.fields
    missing = [] if fields is None else unfilled(parameters, fields)
    if missing:
        msg = (
            f"cannot connect {describe_receiver(receiver)} to {registry.signal.label}: it requires "
            f"{', '.join(missing)}; the signal offers {', '.join(fields or ()) or 'no fields'}. Rename the parameter "
            "or give it a default"
        )
        raise ReceiverError(msg).about(signal=registry.signal, receiver=receiver, plugin=owner)


def _unusable(registry: AnyRegistry, receiver: Any, owner: str | None) -> ReceiverError:
    label = registry.signal.label
    if not callable(receiver):
        msg = f"cannot connect {type(receiver).__name__!r} object to {label}: it is not callable"
        return ReceiverError(msg).about(signal=registry.signal, plugin=owner)
    msg = (
        f"cannot connect {describe_receiver(receiver)} to {label}: it has a `yield` in it: calling it would run "
        "nothing of it; return a list, or connect a function that iterates it"
    )
    return ReceiverError(msg).about(signal=registry.signal, receiver=receiver, plugin=owner)


def _warn(signal: AnySignal, receiver: Receiver, parameters: Parameters, caller: FrameType) -> None:
    deprecated = signal.declaration and signal.declaration.deprecated
    if deprecated:
        message = f"{signal.label} is deprecated: {deprecated}"
        if str(caller.f_globals.get("__name__")).startswith("portico."):  # Connected for a plugin.
            warn_at_receiver(receiver, message, DeprecationWarning)
        else:
            _warn_at(caller, message, DeprecationWarning)
    if parameters.first in _BOUND and type(receiver) is FunctionType and _runs_class_body(caller):
        message = (
            f"{describe_receiver(receiver)} was connected to {signal.label} in the body of its class: nothing binds "
            f"its {parameters.first!r}, which gets the sender; connect the method of an object"
        )
        _warn_at(caller, message, UnboundReceiverWarning)


# -- the code that connects ----------------------------------------------------------------------------------------


def calling_frame() -> FrameType:
    """Return the innermost frame outside of the engine and the façades."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_BETWEEN):
        frame = frame.f_back
    return frame


def _runs_module_body(frame: FrameType) -> bool:
    """Tell whether a frame runs the body of its module, or what that calls, so that it will be run with it again."""
    names = frame.f_globals
    around: FrameType | None = frame
    while around is not None:
        if around.f_globals is names and not around.f_code.co_flags & _OPTIMIZED:
            return True
        around = around.f_back
    return False


def _warn_at(frame: FrameType, message: str, category: type[Warning]) -> None:
    """Give a warning at the line that a frame is in."""
    known = frame.f_globals
    warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=known.get("__name__"),
        registry=known.setdefault("__warningregistry__", {}),
    )


def warn_at_receiver(receiver: Any, message: str, category: type[Warning]) -> None:
    """Give a warning at a receiver's own lines."""
    while hasattr(receiver, "__func__") or hasattr(receiver, "func"):
        receiver = getattr(receiver, "__func__", None) or receiver.func
    code = getattr(receiver, "__code__", None)
    filename, line = (code.co_filename, code.co_firstlineno) if code else ("<unknown>", 1)
    warn_explicit(message, category, filename, line)


def _runs_class_body(frame: FrameType) -> bool:
    """Tell whether a frame runs the body of a class."""
    # Bodies of classes and modules keep their names in a dict, and a class's has its qualified name among them.
    return not frame.f_code.co_flags & _OPTIMIZED and "__qualname__" in frame.f_locals


def warn_if_lost(dead: ref[Any]) -> None:
    """Warn if an object died in the line of this thread that has connected it: nothing else ever held it.

    Called from the reference's own callback. Where warnings are errors, it can only reach `sys.unraisablehook`.
    """
    connected = getattr(_thread, "connected", None)
    if connected is not None:
        number, line, references = connected
        frame = calling_frame()
        if (number, line) == (id(frame), frame.f_lineno) and id(dead) in references:
            _warn_at(frame, references.pop(id(dead)), LostReceiverWarning)
