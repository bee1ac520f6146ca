"""Does operations one at a time, also those that arise in the middle of another, and goes on in a forked child."""

from __future__ import annotations

import os
from _thread import RLock  # `threading` costs more to import than it offers here
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = Callable[[], object]


def in_forked_child(renew: Callable[[], object]) -> None:
    """Have `renew` called in each child that is forked, before anything else runs there."""
    if hasattr(os, "register_at_fork"):  # Where there is no `fork`, there is nothing to renew.
        os.register_at_fork(after_in_child=renew)


class Mutex(RLock):  # type: ignore[misc]  # It can be a base, whatever the stubs say.
    """A reentrant lock that a forked child finds free, unless the very thread that forked holds it.

    A child has the forking thread and no other: what another one holds would never be released there. It is Python's
    own lock, taken and released without a call of ours; the two methods that a child asks are those that `threading`
    and `logging` need of every lock.
    """

    __slots__ = ()

    def __new__(cls) -> Self:
        """Make a lock that nobody holds."""
        mutex = super().__new__(cls)
        key = id(mutex)
        _mutexes[key] = ref(mutex, lambda _: _mutexes.pop(key, None))
        return mutex

    def take_if_free(self) -> bool:
        """Take it, without waiting, unless somebody holds it already, this thread included; tell whether it did."""
        return not self._is_owned() and self.acquire(blocking=False)  # type: ignore[attr-defined]


# By `id()`. Neither adding nor copying it takes a lock of its own.
_mutexes: Final[dict[int, ref[Mutex]]] = {}


@in_forked_child
def _renew_mutexes() -> None:
    for find in list(_mutexes.values()):
        mutex: Any = find()
        if mutex is not None and not mutex._is_owned():
            mutex._at_fork_reinit()


class Serial:
    """A queue of operations with a lock around whoever works it off.

    Garbage collection and signal handlers can run anything at any moment, also in the middle of an operation: what
    the very thread that is inside one asks for is queued, and done right after it. Finalizers have to be able to ask
    without waiting, because their thread may hold the lock of another `Serial`: that is what `post` is for.

    A child may be forked in the middle of another thread's operation, which is then done there again from its start:
    doing an operation twice has to come to the same as doing it once.
    """

    __slots__ = ("_busy", "_lock", "_queue")

    def __init__(self) -> None:
        # Reentrant, so that there is no moment in which this thread has the lock and does not know it.
        self._lock = RLock()
        self._busy = False
        self._queue: Final[deque[Operation]] = deque()

    def do(self, operation: Operation) -> None:
        """Do an operation, waiting for other threads; later, if this thread is inside another one."""
        done: list[Operation] = []
        self._queue.append(operation)
        with self._lock:
            self._work(done)
        if self._queue:  # Somebody asked for more between the last look and the release, and found the lock taken.
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

    def renew(self) -> None:
        """Go on in a forked child: do what other threads of its parent had begun or asked for."""
        if self._lock.acquire(blocking=False):  # Free, or held by this thread, which then forked in an operation.
            self._lock.release()
        else:
            self._lock = RLock()
            self._busy = False
        self.settle()

    def _work(self, done: list[Operation]) -> None:
        # What is done goes to the caller, who lets go of it without the lock: that may run finalizers.
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                done.append(self._queue[0])
                try:
                    done[-1]()
                finally:
                    # Not before: a forked child finds in the queue what was not done to its end.
                    self._queue.popleft()
        finally:
            self._busy = False
