"""Records what one plugin brings, and suspends, resumes and undoes it: the last thing first."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from portico.errors import PluginError
from portico.plugins.other_libraries import Connection
from portico.signals import Ownership, Place, Undo, Undoing, describe_receiver, is_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from portico.signals import Receiver, Subscription

    Around = Callable[["PluginScope"], AbstractContextManager[object]]
    """Returns what code that brings something in a scope is to run inside of."""
    Fill = Callable[["PluginScope"], object]
    """Brings something in a scope."""


class Brought(Protocol):
    """One thing that a plugin brought."""

    def suspend(self) -> None:
        """Let it have no effect until it is resumed."""

    def resume(self) -> None:
        """Let it have its effect again."""

    def close(self) -> None:
        """Undo it for good."""


class Listener(Protocol):
    """Is told what goes wrong with what a plugin brought."""

    def receiver_failed(self, signal: str, receiver: str, error: BaseException) -> None:
        """Hear that a receiver failed at a signal of another library."""

    def undoing_failed(self, what: str, error: BaseException) -> None:
        """Hear that something raised when it was undone; the rest was undone all the same."""


class PluginScope:
    """Everything that one plugin has brought, in the order in which it came.

    Whatever is connected in its `with` block belongs to the plugin. Whoever takes something from a plugin, a menu item
    say, hangs on its scope what undoes that:

        def take(part: IMenu, scope: PluginScope) -> None:
            items = part.get_menu_items()
            menu.extend(items)
            scope.callback(lambda: [menu.remove(item) for item in items])
    """

    def __init__(
        self,
        owner: str,
        *,
        rank: int = 0,
        listener: Listener | None = None,
        fill: Fill | None = None,
        is_renewed: bool = False,
        source: object = None,
    ) -> None:
        """Begin without anything.

        Args:
            owner: the plugin's name.
            rank: its place among the plugins; lower ones come first.
            listener: told what goes wrong. Without one, what raises when it is undone is raised at the end.
            fill: brings all of it.
            is_renewed: undo it while it is suspended, and let `fill` bring it anew.
            source: whom it was brought for, as in `give_back`.
        """
        self.owner: Final = owner
        self.rank: Final = rank
        self.needs_restart = False
        """Whether something of it becomes part of the application at the next start only. Set by who takes it."""
        self._listener: Final = listener
        self._ownership: Final = Ownership(owner, rank=rank)
        self._brought: Final[list[Brought]] = []
        self._fill: Final = fill
        self.source: Final = source
        self._is_renewed = is_renewed
        self._is_late = False
        """Whether it is brought anew after everything else: a `bootstrap` is."""
        self._places: list[Place] = []
        """Where its subscriptions stood before it was suspended, if they are to be made anew."""
        self._closings = 0
        self.suspended = False

    # -- for whoever takes something from a plugin --------------------------------------------------------------

    def callback(self, undo: Callable[[], object]) -> Undo:
        """Call this when what was taken is to be undone: when the plugin goes off, or is suspended.

        Returns:
            What does it earlier.
        """
        closer = _Closer(undo)
        self._brought.append(closer)
        return closer

    def enter_context(self, manager: AbstractContextManager[Any]) -> Any:
        """Enter a context manager, leave it when what was taken is to be undone, and return what entering returned."""
        entered = manager.__enter__()
        self.callback(lambda: manager.__exit__(None, None, None))
        return entered

    # -- for the life cycle -------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._ownership.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._ownership.__exit__()

    def add(self, brought: Brought) -> None:
        """Record something that is there already."""
        self._brought.append(brought)

    def connect(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Connect a receiver to a signal of another library."""
        connection = Connection(self._receiver_failed, signal, receiver, sender)
        connection.resume()
        self._brought.append(connection)

    def bring(self, fill: Fill, *, anew: bool = False, source: object = None) -> None:
        """Record what `fill` brings as one thing, inside this; nothing stays of it if that raises.

        Args:
            fill: given the scope of that one thing.
            anew: undo it while it is suspended, and bring it anew then; otherwise it is itself suspended and resumed.
            source: whom it is brought for, as in `give_back`.
        """
        part = PluginScope(
            self.owner, rank=self.rank, listener=self._listener, fill=fill, is_renewed=anew, source=source
        )
        self._brought.append(part)
        try:
            part.begin()
        except BaseException:
            if part in self._brought:
                self._brought.remove(part)
            raise

    def begin(self) -> None:
        """Have `fill` bring what is to be in this.

        Raises:
            Exception: whatever it raises; nothing stays of it then.
        """
        closings = self._closings
        try:
            with self:
                if self._fill is not None:
                    self._fill(self)
        except BaseException:
            self._undo_all()
            raise
        if self._closings != closings:
            self._undo_all()  # Its own code had it switched off, perhaps, and went on connecting.

    def has(self, source: object) -> bool:
        """Tell whether there is something in it that was brought for somebody."""
        return any(part.source is source for part in self._parts)

    def give_back(self, source: object) -> None:
        """Undo for good what was brought for somebody."""
        for part in [each for each in self._parts if each.source is source]:
            self._brought.remove(part)
            part.close()

    def bootstrap(self, run: Callable[[], object], around: Around) -> None:
        """Run a plugin's `bootstrap` in the `with` block of this scope, as far as its `yield` if it is a generator.

        What follows the `yield` is run when this scope is undone, or suspended; resuming runs all of it anew.

        Args:
            run: the `bootstrap`.
            around: returns what it is to run inside of, on its way out too.

        Raises:
            PluginError: it is asynchronous, or a generator that does not yield.
            Exception: whatever it raises.
        """
        with around(self):
            begun = run()
            if isinstance(begun, Coroutine):
                begun.close()  # Or it warns that it was never awaited.
            if isinstance(begun, Coroutine | AsyncGenerator):
                raise PluginError(ASYNCHRONOUS)
            if isinstance(begun, Generator):
                try:
                    next(begun)
                except StopIteration:
                    msg = "bootstrap() is a generator that ended before its `yield`; yield once, then undo what it did"
                    raise PluginError(msg) from None
                self._brought.insert(0, _Teardown(begun, lambda: self._leaving(around)))
                self._is_renewed = self._is_late = True

    def suspend(self) -> None:
        """Let nothing of it have an effect, the last thing first. Does nothing the second time."""
        if self.suspended:
            return
        self.suspended = True
        if self._is_renewed:
            self._places = self._undo_all()
            return
        for brought in reversed(self._brought):
            brought.suspend()
        self._ownership.suspend()

    def resume(self) -> None:
        """Let everything have its effect again, but for what `resume_late` brings.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
            Exception: what has to be brought anew raised.
        """
        if self._is_late or not self.suspended:
            return
        if self._is_renewed:
            self._bring_anew()
        else:
            self._ownership.resume()
            for brought in self._brought:
                brought.resume()
        self.suspended = False

    def resume_late(self) -> None:
        """Run each generator `bootstrap` anew: last, once everybody's mapping is connected.

        Raises:
            Exception: whatever it raises.
        """
        if self._is_late and self.suspended:
            self._bring_anew()
            self.suspended = False
        for part in self._parts:
            part.resume_late()

    def close(self) -> None:
        """Undo everything for good, the last thing first. It may be filled again."""
        self._closings += 1
        self._undo_all()
        self._places = []
        self.suspended = False

    def close_own(self) -> None:
        """Undo what this very process began, and not what it was forked with: at the end of the process."""
        if any(isinstance(brought, _Teardown) and brought.is_own for brought in self._brought):
            self.close()
        for part in reversed(self._parts):
            part.close_own()

    # -- what is in it ------------------------------------------------------------------------------------------

    @property
    def subscriptions(self) -> list[Subscription]:
        """Every subscription in it, suspended and cancelled ones included."""
        found = list(self._ownership.subscriptions)
        for brought in self._brought:
            if isinstance(brought, PluginScope):
                found += brought.subscriptions
        return found

    @property
    def connections(self) -> list[Connection]:
        """Every connection to another library's signal in it."""
        found: list[Connection] = []
        for brought in self._brought:
            if isinstance(brought, Connection):
                found.append(brought)
            elif isinstance(brought, PluginScope):
                found += brought.connections
        return found

    @property
    def waits_for_restart(self) -> bool:
        """Whether something in it becomes part of the application at the next start only."""
        return self.needs_restart or any(part.waits_for_restart for part in self._parts)

    @property
    def _parts(self) -> list[PluginScope]:
        return [brought for brought in self._brought if isinstance(brought, PluginScope)]

    def __repr__(self) -> str:
        return f"<PluginScope of {self.owner!r}: {len(self._brought)} things>"

    # -- inside -------------------------------------------------------------------------------------------------

    def _bring_anew(self) -> None:
        places = self._places
        self.begin()
        self._ownership.take_places(places)
        self._places = []

    @contextmanager
    def _leaving(self, around: Around) -> Iterator[None]:
        """Run the block as code of the plugin that brings nothing any more."""
        leaving = PluginScope(self.owner, rank=self.rank, listener=self._listener)
        try:
            with leaving, around(leaving):
                yield
        finally:
            leaving.close()

    def _undo_all(self) -> list[Place]:
        """Undo everything, whatever raises, and return where its subscriptions stood."""
        raised: BaseException | None = None
        places = self._ownership.withdraw()
        self.needs_restart = False
        while self._brought:
            brought = self._brought.pop()
            try:
                brought.close()
            except BaseException as error:  # noqa: BLE001 - it is raised below, or told
                raised = self._told(brought, error) or raised
        if raised is not None:
            raise raised
        return places

    def _told(self, brought: Brought, error: BaseException) -> BaseException | None:
        """Tell the listener of an error; return it if there is none, or it is no failure of the plugin."""
        if self._listener is None or not is_failure(error):
            return error
        self._listener.undoing_failed(str(brought), error)
        return None

    def _receiver_failed(self, signal: str, receiver: str, error: BaseException) -> None:
        if self._listener is not None:
            self._listener.receiver_failed(signal, receiver, error)


class _Closer(Undo):
    """What undoes something that was taken. It is never suspended: what is taken anew brings another one."""

    __slots__ = ("_undoing", "_what")

    def __init__(self, undo: Callable[[], object]) -> None:
        self._undoing: Final = Undoing(undo)
        self._what: Final = describe_receiver(undo)

    def cancel(self) -> None:
        self._undoing()

    def close(self) -> None:
        self._undoing()

    def suspend(self) -> None:
        """Stay: only what undoes all of a scope undoes this."""

    def resume(self) -> None:
        """Stay."""

    def __str__(self) -> str:
        return self._what


class _Teardown:
    """A `bootstrap` that has yielded: what follows the `yield` undoes it."""

    def __init__(
        self, generator: Generator[Any, Any, Any], leaving: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._generator: Final = generator
        self._leaving: Final = leaving
        self._process: Final = os.getpid()

    @property
    def is_own(self) -> bool:
        """Whether this process began it, and not the one that it was forked from."""
        return self._process == os.getpid()

    def suspend(self) -> None:
        """Stay: its scope is undone, not suspended."""

    def resume(self) -> None:
        """Stay."""

    def close(self) -> None:
        with self._leaving():
            try:
                next(self._generator)
            except StopIteration:
                return
            self._generator.close()
        msg = "bootstrap() yielded a second time; it is to yield once, and what follows undoes it"
        raise PluginError(msg)

    def __str__(self) -> str:
        return "what follows the yield of its bootstrap()"


ASYNCHRONOUS: Final = (
    "bootstrap() is asynchronous, and nobody awaits it; write `def bootstrap(self)`, and start there what is to run"
)
