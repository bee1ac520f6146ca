from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import IAppRegister, IPluginObserver, Plugin, PluginState, Stage, implements
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing


class Watching(Plugin):
    """Writes down what it is told."""

    implements(IPluginObserver)

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def before_load(self, plugin: object) -> None:
        self.told.append(("before_load", type(plugin).__name__))

    def after_load(self, plugin: object) -> None:
        self.told.append(("after_load", type(plugin).__name__))

    def before_unload(self, plugin: object) -> None:
        self.told.append(("before_unload", type(plugin).__name__))

    def after_unload(self, plugin: object) -> None:
        self.told.append(("after_unload", type(plugin).__name__))


def test_an_observer_is_told_around_the_enabling_of_others(manage: MakeManager) -> None:
    manager = manage(Watching, subscribing("one"))

    manager.enable_all(["Watching", "one"])
    manager.disable("one")
    told = manager.instance("Watching").told
    manager.disable("Watching")

    assert told == [("before_load", "one"), ("after_load", "one"), ("before_unload", "one"), ("after_unload", "one")]


def test_a_load_that_fails_has_no_after(manage: MakeManager) -> None:
    def fail() -> None:
        raise LookupError

    manager = manage(Watching, subscribing("one", bootstrap=fail))
    manager.enable("Watching")
    with pytest.raises(PluginError):
        manager.enable("one")

    assert manager.instance("Watching").told == [("before_load", "one")]


def test_an_observer_that_fails_is_its_own_affair(acme: Namespace, manage: MakeManager) -> None:
    class Failing(Plugin, IPluginObserver):
        def after_load(self, plugin: object) -> None:
            raise LookupError("not me")

    manager = manage(Failing, subscribing("one"))

    manager.enable_all(["Failing", "one"])

    failure = manager.get("Failing").failure
    assert failure is not None
    assert (failure.stage, failure.error) == (Stage.OBSERVER, "LookupError: not me")
    assert {status.state for status in manager.list()} == {PluginState.ENABLED}


def test_what_an_observer_connects_belongs_to_the_observer(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")

    class Connecting(Plugin, IPluginObserver):
        def after_load(self, plugin: object) -> None:
            signal.connect(saying("observer"))

    manager = manage(Connecting, subscribing("one"))
    manager.enable_all(["Connecting", "one"])
    manager.disable("one")
    assert signal.collect() == ["observer"]
    manager.disable("Connecting")

    assert signal.collect() == []


@pytest.mark.parametrize(("answer", "noted"), [(None, "returned 'NoneType'"), (ValueError("no version"), "no version")])
def test_an_introduction_that_fails_is_noted_and_nothing_else(manage: MakeManager, answer: Any, noted: str) -> None:
    class Shy(Plugin):
        implements(IAppRegister)

        def __call__(self) -> Any:
            if answer:
                raise answer
            return answer

    status = manage(Shy).enable("Shy")

    assert status.state is PluginState.ENABLED
    assert [note.kind for note in status.notes] == ["listing"]
    assert noted in status.notes[0].text
