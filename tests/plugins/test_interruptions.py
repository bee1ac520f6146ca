"""Interruptions while a plugin is enabled: they pass, and leave nothing half done."""

import signal as signals
import sys
from typing import Any

import pytest

from portico.plugins import (
    PluginState,
)
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing

# -- what is no failure ---------------------------------------------------------------------------------------------


class Interrupting:
    """Raises once, where it is called, what is no plugin's failure."""

    def __init__(self, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.error = error
        self.armed = True

    def __call__(self) -> dict[Any, Any]:
        if self.armed:
            self.armed = False
            raise self.error
        return {}


@pytest.mark.parametrize("stage", ["mapping", "bootstrap"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_an_interruption_passes_and_leaves_nothing_half_enabled(
    acme: Namespace, manage: MakeManager, stage: str, error: type[BaseException]
) -> None:
    signal = acme.signal("happened")
    interrupt = Interrupting(error)

    def bootstrap() -> None:
        signal.connect(saying("bootstrapped"))
        if stage == "bootstrap":
            interrupt()

    manager = manage(
        subscribing("first", lambda: {signal: [saying("first")]}),
        subscribing(
            "second", lambda: {signal: [saying("second")], **(interrupt() if stage == "mapping" else {})}, bootstrap
        ),
        subscribing("third", lambda: {signal: [saying("third")]}),
    )

    with pytest.raises(error):
        manager.enable_all(["first", "second", "third"])
    enabled = [status.name for status in manager.list() if status.state is PluginState.ENABLED]
    heard = signal.collect("x")
    manager.enable_all(["first", "second", "third"])

    assert enabled == (["first"] if stage == "bootstrap" else [])
    assert heard == enabled
    assert signal.collect("x") == ["first", "second", "bootstrapped", "third"]


def test_an_interruption_leaves_a_quarantined_plugin_quarantined(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    interrupt, bootstrapped = Interrupting(), Counting()
    manager = manage(
        subscribing("loud", dict, interrupt),
        subscribing("shy", lambda: {signal: [saying("shy")]}, bootstrapped),
    )
    manager.enable("shy")
    manager.quarantine("shy", "for a rest")

    with pytest.raises(KeyboardInterrupt):
        manager.enable_all(["loud", "shy"])
    state, heard = manager.state("shy"), signal.collect("x")
    manager.enable_all(["loud", "shy"])

    assert (state, heard) == (PluginState.QUARANTINED, [])
    assert (signal.collect("x"), bootstrapped.count) == (["shy"], 1)


class Counting:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_a_plugin_that_exits_while_it_is_enabled_has_failed(acme: Namespace, manage: MakeManager) -> None:
    manager = manage(subscribing("leaving", dict, lambda: sys.exit("no")))

    manager.enable_all(["leaving"])

    assert manager.state("leaving") is PluginState.FAILED


def test_a_server_can_stop_its_worker_while_a_plugin_is_enabled(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(
        subscribing("slow", lambda: {signal: [saying("slow")]}, lambda: signals.raise_signal(signals.SIGUSR1))
    )
    before = signals.signal(signals.SIGUSR1, lambda number, frame: sys.exit("stopped"))

    try:
        with pytest.raises(SystemExit, match="stopped"):
            manager.enable_all(["slow"])
    finally:
        signals.signal(signals.SIGUSR1, before)

    assert (manager.state("slow"), signal.collect("x")) == (PluginState.DISABLED, [])
