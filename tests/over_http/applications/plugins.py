"""Makes the host of the applications that are served with several workers, and its plugins."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from portico import IPluginBootstrap, ISignal, Plugin, Portico, implements
from portico.builtin import core, request_finished, request_started
from portico.host import FileStateStore

heard: list[str] = []
"""What this process has heard, since its start."""
mapping: dict[Any, list[Any]] = {}
"""What an application adds to what `greeter` listens to: signals of its framework."""


def note(*_: object, **__: object) -> None:
    heard.append("plain")


async def note_async(app: object, *, response: Any) -> None:
    heard.append("coroutine")


def fail(*_: object, **__: object) -> None:
    raise LookupError("not there")


def lasting(name: str) -> Iterator[None]:
    """Write down in which process something is opened, and closed again."""
    for what in ("opened", "closed"):
        with Path("lasting.txt").open("a") as file:
            print(os.getpid(), name, what, file=file)
        if what == "opened":
            yield


class Steady(Plugin):
    """Has something open, from the beginning to the end."""

    implements(IPluginBootstrap)
    name = "steady"

    def bootstrap(self) -> Iterator[None]:
        yield from lasting("steady")


class Greeter(Plugin):
    """Hears every request, in every way that there is."""

    implements(ISignal, IPluginBootstrap)
    name = "greeter"

    def bootstrap(self) -> Iterator[None]:
        yield from lasting("greeter")

    def get_signal_subscriptions(self) -> Mapping[Any, Any]:
        return {request_started: [note], request_finished: [note_async, {"receiver": note, "order": 3}], **mapping}


class Failing(Plugin):
    """Fails at the start and at the end of each request."""

    implements(ISignal, IPluginBootstrap)
    name = "failing"

    def bootstrap(self) -> Iterator[None]:
        yield from lasting("failing")

    def get_signal_subscriptions(self) -> Mapping[Any, Any]:
        return {request_started: [fail], request_finished: [fail]}


PLUGINS: list[str | type[Plugin]] = [Steady, Greeter, Failing]


def make_host(**more: type[Plugin]) -> Portico:
    """Return the host of an application, with further plugins by name; `greeter` and `failing` are off at first."""
    store = FileStateStore(Path("state.json"))
    if not store.revision():
        for name in ("greeter", "failing"):
            store.save(name, enabled=False)
    return Portico(plugins=[*PLUGINS, *more.values()], state=store)


def answer(host: Portico, arguments: Mapping[str, str], hooks: Callable[[], int] = lambda: 0) -> dict[str, Any]:
    """Do what a request asks for, and say how this process is.

    Args:
        host: its host.
        arguments: what is to be enabled or disabled, by name.
        hooks: how many things hang in the tables of the framework.
    """
    for verb in ("enable", "disable"):
        if verb in arguments:
            getattr(host.plugins, verb)(arguments[verb])
    return {
        "worker": os.getpid(),
        "heard": sorted(set(heard)),
        "states": {each.name: each.state.value for each in host.plugins.list()},
        "hooks": hooks() + sum(len(signal.subscriptions) for signal in core),
        "leaked": [leak for each in host.plugins.list() for leak in host.plugins.leaked_by(each.name)],
    }
