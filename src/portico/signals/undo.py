"""Undoes a change: one kind of object for all of them, from a tap to a subscription."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable


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
