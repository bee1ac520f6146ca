"""Shows Portico signals through every façade, and provides receivers to connect to them."""

from collections.abc import Callable
from typing import Any

from portico.compat import blinker, django_dispatch
from portico.compat.pydispatcher import dispatcher
from portico.signals import Signal

Connect = Callable[..., Any]


def on_pydispatcher(signal: Signal[...], receiver: Any, **options: Any) -> None:
    dispatcher.connect(receiver, signal, **options)


CONNECT: list[Callable[..., Any]] = [
    lambda signal, *args, **options: blinker.NamedSignal.over(signal).connect(*args, **options),
    lambda signal, *args, **options: django_dispatch.Signal.over(signal).connect(*args, **options),
    on_pydispatcher,
]


DISCONNECT: list[Callable[..., Any]] = [
    lambda signal, receiver: blinker.NamedSignal.over(signal).disconnect(receiver),
    lambda signal, receiver: django_dispatch.Signal.over(signal).disconnect(receiver),
    lambda signal, receiver: dispatcher.disconnect(receiver, signal),
]


class Plugin:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear(self, sender: Any, name: str, **payload: Any) -> str:
        self.heard.append(name)
        return f"plugin {name}"


def hello(sender: Any, name: str, **payload: Any) -> str:
    return f"hello {name}"


def native(sender: Any, name: str) -> str:
    return f"native {name}"


def broken(sender: Any, **payload: Any) -> None:
    raise LookupError("broken")


def values(signal: Signal[...], sender: object = None) -> list[Any]:
    return [value for _, value in signal.send(sender, name="jane")]
