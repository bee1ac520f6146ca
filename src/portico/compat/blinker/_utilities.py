"""Offers what blinker's own `_utilities` does: its constants, and what it knows receivers and senders by."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from portico.compat.connections import reference_to

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from weakref import ReferenceType

__all__ = ["Symbol", "make_id", "make_ref"]


class Symbol:
    """A named constant: one object for each name, also when it is copied or pickled.

    Args:
        name: what it is called, and shown as.
    """

    symbols: ClassVar[dict[str, Any]] = {}

    def __new__(cls, name: str) -> Self:
        """Return the constant of that name, made when it is first asked for."""
        # Of two threads, the first to store it wins and both get that one.
        found: Self = cls.symbols.get(name) or cls.symbols.setdefault(name, super().__new__(cls))
        return found

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __getnewargs__(self) -> tuple[str]:
        return (self.name,)


def make_id(obj: object) -> Hashable:
    """Return what an object is known by: methods by function and object, strings and integers by value."""
    if isinstance(obj, MethodType):
        return (id(obj.__func__), id(obj.__self__))
    return obj if isinstance(obj, str | int) else id(obj)


def make_ref(obj: Any, callback: Callable[[Any], object] | None = None) -> ReferenceType[Any]:
    """Return a weak reference, to a bound method too."""
    return reference_to(obj, callback)
