"""Undoes a change, with one kind of object for all of them, and keeps what several have added."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Undo(ABC):
    """Undoes one change: call it, `cancel()` it, or leave its `with` block. The second time it does nothing."""

    __slots__ = ()

    @abstractmethod
    def cancel(self) -> None:
        """Undo the change."""

    def __call__(self) -> None:
        """Undo the change."""
        self.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class Undoing(Undo):
    """Undoes a change by calling what it was made with, once, whichever thread comes first."""

    __slots__ = ("_left",)

    def __init__(self, undo: Callable[[], object]) -> None:
        self._left: Final = [undo]

    def cancel(self) -> None:
        """Undo the change."""
        try:
            undo = self._left.pop()
        except IndexError:
            return
        undo()

    def __repr__(self) -> str:
        return "<Undo: to be done>" if self._left else "<Undo: done>"


class Table(Generic[T]):
    """What several have added, in that order; each addition is undone on its own, in any order.

    Args:
        changed: called after each change.
    """

    __slots__ = ("_added", "_changed")

    def __init__(self, changed: Callable[[], object] = lambda: None) -> None:
        self._changed: Final = changed
        # By a key that is itself and no other, so that the same thing can be added twice. Changed without a lock.
        self._added: Final[dict[object, T]] = {}

    def add(self, what: T) -> Undo:
        """Add something; return what takes it out again."""
        key = object()
        self._added[key] = what
        self._changed()

        @Undoing
        def undo() -> None:
            self._added.pop(key, None)
            self._changed()

        return undo

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._added.values()))

    def __bool__(self) -> bool:
        return bool(self._added)
