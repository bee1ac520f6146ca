"""Connects to and sends Portico's signals, declared or not, and the bare loop that they are compared with."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.contenders.contender import EVERYONE, Contender
from portico import ANY, Signal

if TYPE_CHECKING:
    from benchmarks.measure import AsyncLoop, Loop
    from benchmarks.receivers import Receiver


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
