"""Recognises receivers: which are the same, what they are called, which function runs when they are called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Hashable

Receiver = Callable[..., Any]

# `functools` says so of what it makes for a `partialmethod` of something that cannot be bound.
_PARTIAL_METHOD = ("__partialmethod__", "_partialmethod")


def receiver_key(receiver: object) -> Hashable:
    """Return what a receiver is compared by.

    Methods, and what else is made anew each time it is written, by their object and what they are made of; everything
    else by identity. Valid as long as the receiver, or `bound(receiver)`, is kept.
    """
    kind = type(receiver)
    if kind is FunctionType:
        return id(receiver)
    made = bound(receiver)
    if made is not None:
        return made.receiver_key
    if kind is BuiltinFunctionType and type(receiver.__self__) not in (ModuleType, NoneType):  # type: ignore[attr-defined]
        # `events.append` is a new object every time it is written.
        return (id(receiver.__self__), receiver.__name__)  # type: ignore[attr-defined]
    return id(receiver)


def describe_receiver(receiver: object) -> str:
    """Return `module.qualified_name` of a receiver, without running any code of its own."""
    while True:
        if type(receiver) is partial:
            receiver = receiver.func
        elif hasattr(type(receiver), "_self_wrapper"):  # wrapt's: its own name says nothing.
            receiver = receiver.__wrapped__  # type: ignore[attr-defined]
        else:
            break
    target = receiver.__func__ if type(receiver) is MethodType else receiver
    if type(target) is FunctionType or type(target) is BuiltinFunctionType:
        return f"{target.__module__ or 'builtins'}.{target.__qualname__}"
    kind = target if isinstance(target, type) else type(target)
    return f"{kind.__module__}.{kind.__qualname__}"


def function_of(receiver: object) -> FunctionType | None:
    """Return the Python function that runs when a callable is called; None if there is none."""
    while type(receiver) is partial:
        receiver = receiver.func
    if type(receiver) is MethodType:
        receiver = receiver.__func__
    if type(receiver) is not FunctionType:
        # The type is asked, not the object: a MagicMock has every attribute that it is asked for.
        receiver = getattr(type(receiver), "__call__", None)  # noqa: B004 - the function is wanted, not whether it exists
    return receiver if type(receiver) is FunctionType else None


# -- those that are made anew each time they are written -----------------------------------------------------------


class Bound(NamedTuple):
    """What a receiver is bound to, and how it is made of that."""

    target: Any
    """The object. None if there is none: a static method."""
    key: Hashable
    """Equal for equal receivers of the same object, as long as `make` is kept."""
    make: Callable[[Any], Any]
    """Makes an equal receiver of the object."""

    @property
    def receiver_key(self) -> Hashable:
        """What the receiver is compared by."""
        return (id(self.target), self.key)


def bound(receiver: Any) -> Bound | None:
    """Return what a method, a `partialmethod` or a method that wrapt decorated is made of; None for anything else."""
    kind = type(receiver)
    if kind is MethodType:
        return _of_method(receiver)
    # It is a partial like any other, but for this.
    if kind is partial and "__self__" in receiver.__dict__:
        return _of_partial(receiver)
    # The type is asked: the object answers for what it wraps.
    if hasattr(kind, "_self_parent") and receiver._self_parent is not None:
        return _of_wrapt(receiver, receiver._self_parent)
    return None


class BoundReference(ref[Any]):
    """A weak reference to the object of a receiver that is made anew each time: calling it makes that receiver."""

    __slots__ = ("_make",)

    def __new__(cls, made: Bound, died: Callable[[BoundReference], object]) -> Self:
        """Refer to what the receiver is bound to; `died` is called when that dies.

        Raises:
            TypeError: it cannot be weakly referenced.
        """
        return super().__new__(cls, made.target, died)

    def __init__(self, made: Bound, died: Callable[[BoundReference], object]) -> None:
        super().__init__(made.target, died)  # type: ignore[call-arg]
        self._make = made.make

    def __call__(self) -> Any:
        """Return the receiver; None once its object is gone."""
        target = super().__call__()
        return None if target is None else self._make(target)


def _of_method(method: MethodType) -> Bound:
    function: Any = method.__func__
    for attribute in _PARTIAL_METHOD:
        made_by = getattr(function, attribute, None)
        if made_by is not None:
            return Bound(method.__self__, id(made_by), partial(_gotten, made_by))
    # A plain function is compared by identity anyway, and its `id()` would be a new object of 32 bytes.
    key = function if type(function) is FunctionType else id(function)
    return Bound(method.__self__, key, partial(MethodType, function))


def _of_partial(receiver: partial[Any]) -> Bound | None:
    inner = bound(receiver.func)
    if inner is None:
        return None
    # Not `inner` itself, which holds the object.
    make_inner, args, keywords = inner.make, receiver.args, receiver.keywords

    def make(target: Any) -> Any:
        again = partial(make_inner(target), *args, **keywords)
        again.__dict__["__self__"] = target
        return again

    named = frozenset((name, id(value)) for name, value in keywords.items())
    return Bound(inner.target, (inner.key, tuple(map(id, args)), named), make)


def _of_wrapt(receiver: Any, parent: Any) -> Bound:
    inner = bound(receiver.__wrapped__)
    if inner is None:  # Nothing that it is bound to would be missed.
        return Bound(None, id(parent), lambda _: receiver)

    return Bound(inner.target, (id(parent), inner.key), partial(_gotten, parent))


def _gotten(descriptor: Any, target: Any) -> Any:
    """Return what a descriptor gives for an object, or for a class, as it stands in the class."""
    return descriptor.__get__(*((None, target) if isinstance(target, type) else (target, type(target))))
