"""Gives Portico and its peers the same methods: connect, disconnect, and loops that send.

Each send carries three payload fields. They are written out in every loop, because that is how a send is written; the
loop is the contender's own, so that no wrapper of ours stands between the clock and the library.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from importlib.util import find_spec
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, Final

from benchmarks.receivers import KEYWORDS, NAMES
from portico import ANY, Signal

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


class BareLoop(Contender):
    """What nobody can do without: the receivers called in a loop, their values kept."""

    name = "bare loop"
    module = "builtins"
    awaits = True

    def __init__(self) -> None:
        super().__init__()
        self._receivers: list[Receiver] = []

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._receivers.append(receiver)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._receivers.remove(receiver)

    def sending(self, sender: object) -> Loop:
        receivers = self._receivers

        def send(sender: object, **kw: Any) -> list[tuple[Receiver, Any]]:
            results = []
            for r in receivers:
                results.append((r, r(sender, **kw)))  # noqa: PERF401 - the loop that the targets are set by
            return results

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                send(sender, order_id="o-1", total=3, note="x")

        return loop

    def sending_async(self, sender: object) -> AsyncLoop:
        receivers = self._receivers

        async def send(sender: object, **kw: Any) -> list[tuple[Receiver, Any]]:
            results = []
            for r in receivers:
                results.append((r, await r(sender, **kw)))  # noqa: PERF401 - as above
            return results

        async def loop(times: int) -> None:
            for _ in repeat(None, times):
                await send(sender, order_id="o-1", total=3, note="x")

        return loop


class Undeclared(Contender):
    """A signal got by name: any payload can be sent."""

    name = "Portico, undeclared"
    module = "portico"
    awaits = True

    def __init__(self) -> None:
        super().__init__()
        self.signal: Signal[...] = Signal("order_placed")

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self.signal.connect(receiver, ANY if sender is EVERYONE else sender)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self.signal.disconnect(receiver, ANY if sender is EVERYONE else sender)

    def sending(self, sender: object) -> Loop:
        signal = self.signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.send(sender, order_id="o-1", total=3, note="x")

        return loop

    def sending_async(self, sender: object) -> AsyncLoop:
        signal = self.signal

        async def loop(times: int) -> None:
            for _ in repeat(None, times):
                await signal.send_async(sender, order_id="o-1", total=3, note="x")

        return loop

    def connecting(self, receiver: Receiver, sender: object = EVERYONE) -> Loop:
        signal = self.signal
        wanted = ANY if sender is EVERYONE else sender

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.subscribe(receiver, wanted).cancel()

        return loop


class Declared(Undeclared):
    """A signal declared by a stub: its `send` is generated for the payload."""

    name = "Portico, declared"
    policy: ClassVar[str] = "raise"

    def __init__(self) -> None:
        super().__init__()

        def order_placed(sender: object, /, *, order_id: str, total: int, note: str) -> None:
            """Sent after an order was stored."""

        self.signal.declare(order_placed, policy=self.policy)


class Isolating(Declared):
    """A declared signal that goes on when a receiver fails."""

    name = "Portico, isolating"
    policy = "isolate"


class Tapped(Declared):
    """A declared signal that somebody observes."""

    name = "Portico, tapped"

    def __init__(self) -> None:
        super().__init__()
        self.signal.tap(lambda report: None)


class Blinker(Contender):
    """A blinker signal."""

    name = "blinker"
    module = "blinker"
    distribution = "blinker"
    awaits = True

    def __init__(self) -> None:
        super().__init__()
        self._signal = self.library.Signal()

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.connect(receiver, self.library.ANY if sender is EVERYONE else sender)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.disconnect(receiver, self.library.ANY if sender is EVERYONE else sender)

    def sending(self, sender: object) -> Loop:
        signal = self._signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.send(sender, order_id="o-1", total=3, note="x")

        return loop

    def sending_async(self, sender: object) -> AsyncLoop:
        signal = self._signal

        async def loop(times: int) -> None:
            for _ in repeat(None, times):
                await signal.send_async(sender, order_id="o-1", total=3, note="x")

        return loop


class Django(Contender):
    """A Django signal."""

    name = "Django send"
    module = "django.dispatch"
    distribution = "Django"

    def __init__(self) -> None:
        super().__init__()
        self._signal = self.library.Signal()

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.connect(receiver, None if sender is EVERYONE else sender)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.disconnect(receiver, None if sender is EVERYONE else sender)

    def sending(self, sender: object) -> Loop:
        signal = self._signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.send(sender, order_id="o-1", total=3, note="x")

        return loop


class DjangoRobust(Django):
    """A Django signal that goes on when a receiver fails."""

    name = "Django send_robust"

    def sending(self, sender: object) -> Loop:
        signal = self._signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.send_robust(sender, order_id="o-1", total=3, note="x")

        return loop


class PyDispatcher(Contender):
    """A PyDispatcher signal, which can be any object."""

    name = "PyDispatcher"
    module = "pydispatch.dispatcher"
    distribution = "PyDispatcher"

    def __init__(self) -> None:
        super().__init__()
        self._signal = object()

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self.library.connect(receiver, self._signal, self.library.Any if sender is EVERYONE else sender)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self.library.disconnect(receiver, self._signal, self.library.Any if sender is EVERYONE else sender)

    def sending(self, sender: object) -> Loop:
        dispatcher, signal = self.library, self._signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                dispatcher.send(signal, sender, order_id="o-1", total=3, note="x")

        return loop


class Psygnal(Contender):
    """A psygnal signal. It passes positional arguments and keeps no values."""

    name = "psygnal"
    module = "psygnal"
    distribution = "psygnal"
    makers = NAMES
    knows_senders = False

    def __init__(self) -> None:
        super().__init__()
        self._signal = self.library.SignalInstance((object, str, int, str))

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.connect(receiver)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._signal.disconnect(receiver)

    def sending(self, sender: object) -> Loop:
        signal = self._signal

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                signal.emit(sender, "o-1", 3, "x")

        return loop


class Pyee(Contender):
    """A pyee event. It keeps no values."""

    name = "pyee"
    module = "pyee"
    distribution = "pyee"
    knows_senders = False

    def __init__(self) -> None:
        super().__init__()
        self._emitter = self.library.EventEmitter()

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._emitter.on("order_placed", receiver)

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._emitter.remove_listener("order_placed", receiver)

    def sending(self, sender: object) -> Loop:
        emitter = self._emitter

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                emitter.emit("order_placed", sender, order_id="o-1", total=3, note="x")

        return loop


class _PluggyPlugin:
    def __init__(self, receiver: Receiver) -> None:
        self.order_placed = receiver


class Pluggy(Contender):
    """A pluggy hook. It passes what a receiver names, and keeps the values that are not None."""

    name = "pluggy"
    module = "pluggy"
    distribution = "pluggy"
    makers = NAMES
    knows_senders = False
    crowds = False

    def __init__(self) -> None:
        super().__init__()

        class Specification:
            @self.library.HookspecMarker("bench")  # type: ignore[untyped-decorator, unused-ignore]
            def order_placed(self, sender: object, order_id: str, total: int, note: str) -> None:
                """Be a hook."""

        self._manager = self.library.PluginManager("bench")
        self._manager.add_hookspecs(Specification)
        self._marked = self.library.HookimplMarker("bench")
        self._plugins: dict[Receiver, _PluggyPlugin] = {}

    def connect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._marked(getattr(receiver, "__func__", receiver))
        self._plugins[receiver] = _PluggyPlugin(receiver)
        self._manager.register(self._plugins[receiver])

    def disconnect(self, receiver: Receiver, sender: object = EVERYONE) -> None:
        self._manager.unregister(self._plugins.pop(receiver))

    def sending(self, sender: object) -> Loop:
        hook = self._manager.hook

        def loop(times: int) -> None:
            for _ in repeat(None, times):
                hook.order_placed(sender=sender, order_id="o-1", total=3, note="x")

        return loop


CONTENDERS: Final[tuple[type[Contender], ...]] = (
    BareLoop,
    Declared,
    Undeclared,
    Isolating,
    Tapped,
    Blinker,
    Django,
    DjangoRobust,
    PyDispatcher,
    Psygnal,
    Pyee,
    Pluggy,
)


def available() -> tuple[type[Contender], ...]:
    """Return the contenders whose library is installed, the bare loop first."""
    return tuple(kind for kind in CONTENDERS if kind.available())
