"""Defines what a contender is: one signal of one library, to connect to and to send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from importlib.util import find_spec
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, Final

from benchmarks.receivers import KEYWORDS

if TYPE_CHECKING:
    from benchmarks.measure import AsyncLoop, Loop
    from benchmarks.receivers import Makers, Receiver

EVERYONE: Final = object()
"""Stands for a connection that hears every sender."""


class Contender(ABC):
    """One signal of one library, with nobody connected when it is made."""

    name: ClassVar[str]
    module: ClassVar[str]
    """What its users import."""
    distribution: ClassVar[str] = ""
    """What its users install; empty for our own."""
    makers: ClassVar[Makers] = KEYWORDS
    knows_senders: ClassVar[bool] = True
    """Whether a receiver can be connected to one sender."""
    crowds: ClassVar[bool] = True
    """Whether 10,000 receivers can be connected within a second or two."""
    awaits: ClassVar[bool] = False
    """Whether it can await coroutine receivers in sequence and return their values."""

    def __init__(self) -> None:
        self.library: Any = import_module(self.module)

    @abstractmethod
    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        """Connect a receiver."""

    @abstractmethod
    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        """Undo `connect`."""

    @abstractmethod
    def sending(self, sender: object) -> Loop:
        """Return what sends so many times from this sender."""

    def sending_async(self, sender: object) -> AsyncLoop:
        """Return what sends so many times and awaits the receivers."""
        raise NotImplementedError

    def connecting(self, receiver: Receiver, sender: object = EVERYONE) -> Loop:
        """Return what connects and disconnects a receiver so many times."""
        connect, disconnect = self.connect, self.disconnect

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                connect(receiver, sender)
                disconnect(receiver, sender)

        return loop

    @classmethod
    def available(cls) -> bool:
        """Whether the library is installed."""
        return find_spec(cls.module.partition(".")[0]) is not None
