"""Makes weak references to callables, bound methods included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from weakref import ReferenceType, WeakMethod, ref

if TYPE_CHECKING:
    from collections.abc import Callable


class BoundMethodWeakref(WeakMethod[Any]):
    """A weak reference to a bound method: alive as long as its object is. Two to the same method are equal."""

    __slots__ = ("key",)

    key: tuple[int, int]
    """What tells methods apart while they live."""

    def __new__(cls, target: Callable[..., Any], onDelete: Callable[[Any], object] | None = None) -> Self:
        """Refer to a bound method; `onDelete` is told, with the reference, when its object is gone."""
        reference = super().__new__(cls, target, onDelete)
        reference.key = cls.calculateKey(target)
        return reference

    @classmethod
    def calculateKey(cls, target: Any) -> tuple[int, int]:
        """Return the identities of a method's object and function."""
        return (id(target.__self__), id(target.__func__))

    def __bool__(self) -> bool:
        return self() is not None


def safeRef(
    target: Callable[..., Any], onDelete: Callable[[Any], object] | None = None
) -> ReferenceType[Callable[..., Any]]:
    """Return a weak reference to a callable, to a bound method too.

    Args:
        target: what to refer to.
        onDelete: called with the reference when its target is gone.

    Raises:
        TypeError: it cannot be weakly referenced.
    """
    if getattr(target, "__self__", None) is not None and hasattr(target, "__func__"):
        return BoundMethodWeakref(target, onDelete)
    return ref(target, onDelete)
