"""Connects to and sends the signals of other libraries, each as its users do."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.contenders.contender import EVERYONE, Contender
from benchmarks.receivers import NAMES

if TYPE_CHECKING:
    from benchmarks.measure import AsyncLoop, Loop
    from benchmarks.receivers import Receiver


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
