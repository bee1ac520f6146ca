"""Does operations one at a time, also those that arise in the middle of another. Knows nothing of what they do."""

from __future__ import annotations

from _thread import RLock  # `threading` costs more to import than it offers here
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = Callable[[], object]


class Serial:
    """A queue of operations with a lock around whoever works it off.

    Garbage collection and signal handlers can run anything at any moment, also in the middle of an operation: what
    the very thread that is inside one asks for is queued, and done right after it. Finalizers have to be able to ask
    without waiting, because their thread may hold the lock of another `Serial`: that is what `post` is for.
    """

    __slots__ = ("_busy", "_lock", "_queue")

    def __init__(self) -> None:
        # Reentrant, so that there is no moment in which this thread has the lock and does not know it.
        self._lock: Final = RLock()
        self._busy = False
        self._queue: Final[deque[Operation]] = deque()

    def do(self, operation: Operation) -> None:
        """Do an operation, waiting for other threads; later, if this thread is inside another one."""
        done: list[Operation] = []
        self._queue.append(operation)
        with self._lock:
            self._work(done)
        self.settle()

    def post(self, operation: Operation) -> None:
        """Have an operation done, without waiting: if another thread is inside one, by that thread."""
        self._queue.append(operation)
        self.settle()

    def attempt(self, operation: Operation) -> bool:
        """Do an operation that may also come in the middle of another; return False if that is another thread's."""
        if not self._lock.acquire(blocking=False):
            return False
        done: list[Operation] = []
        try:
            if self._busy:
                operation()
            else:
                self._queue.append(operation)
                self._work(done)
        finally:
            self._lock.release()
        self.settle()
        return True

    def settle(self) -> None:
        """Do what is queued, unless somebody is at it already."""
        # A loop: somebody may queue between the last look of `_work` and the release, and find the lock taken.
        while self._queue and self._lock.acquire(blocking=False):
            done: list[Operation] = []
            try:
                if self._busy:
                    return
                self._work(done)
            finally:
                self._lock.release()

    def _work(self, done: list[Operation]) -> None:
        # What is done goes to the caller, who lets go of it without the lock: that may run finalizers.
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                done.append(self._queue.popleft())
                done[-1]()
        finally:
            self._busy = False
