"""Plugins that are switched while they are being enabled, by their own code or by another one's."""

from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import IBlueprint, IPluginBootstrap, ISignal, Plugin, PluginManager, PluginState, implements
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing


def states(manager: PluginManager) -> dict[str, str]:
    return {status.name: status.state.value for status in manager.list()}


def test_a_plugin_that_disables_itself_in_its_bootstrap_is_disabled(acme: Namespace, manage: MakeManager) -> None:
    happened = acme.signal("happened")

    def bootstrap() -> None:
        manager.disable("one")
        happened.connect(saying("late"), weak=False)

    manager = manage(subscribing("one", lambda: {happened: [saying("mapped")]}, bootstrap))

    with pytest.raises(PluginError, match="cannot enable 'one': it was disabled while it was being enabled"):
        manager.enable("one")

    assert states(manager) == {"one": "disabled"}
    assert happened.collect() == []
    assert manager.leaked_by("one") == ()
    assert [note.text for note in manager.get("one").notes] == ["it was disabled while it was being enabled"]


def test_a_plugin_that_disables_itself_while_it_is_asked_for_its_mapping_is_disabled(
    acme: Namespace, manage: MakeManager
) -> None:
    happened = acme.signal("happened")

    def mapping() -> Any:
        manager.disable("one")
        return {happened: [saying("mapped")]}

    manager = manage(subscribing("one", mapping), subscribing("two", lambda: {happened: [saying("two")]}))

    manager.enable_all(["one", "two"])

    assert states(manager) == {"one": "disabled", "two": "enabled"}
    assert happened.collect() == ["two"]


@pytest.mark.parametrize("how", ["disable", "quarantine"])
def test_a_plugin_that_another_one_switches_off_before_its_bootstrap_never_runs_it(
    acme: Namespace, manage: MakeManager, how: str
) -> None:
    happened = acme.signal("happened")
    ran: list[str] = []

    def bootstrap() -> None:
        if how == "disable":
            manager.disable("two")
        else:
            manager.quarantine("two", "was in the way")

    two = subscribing("two", lambda: {happened: [saying("two")]}, lambda: ran.append("two"))
    manager = manage(subscribing("one", bootstrap=bootstrap), two)

    manager.enable_all(["one", "two"])

    assert states(manager) == {"one": "enabled", "two": {"disable": "disabled", "quarantine": "quarantined"}[how]}
    assert (ran, happened.collect()) == ([], [])


def test_a_plugin_that_enables_itself_or_one_that_is_on_the_way_does_no_harm(
    acme: Namespace, manage: MakeManager
) -> None:
    happened = acme.signal("happened")
    ran: list[str] = []

    def bootstrap() -> None:
        ran.append("one")
        manager.enable("one")
        manager.enable("two")

    two = subscribing("two", lambda: {happened: [saying("two")]}, lambda: ran.append("two"))
    manager = manage(subscribing("one", bootstrap=bootstrap), two)

    manager.enable_all(["one", "two"])

    assert states(manager) == {"one": "enabled", "two": "enabled"}
    assert (ran, happened.collect()) == (["one", "two"], ["two"])


def test_a_plugin_that_restarts_itself_once_is_enabled(acme: Namespace, manage: MakeManager) -> None:
    happened = acme.signal("happened")
    ran: list[int] = []

    def bootstrap() -> None:
        ran.append(1)
        if len(ran) == 1:
            manager.disable("one")
            manager.enable("one")

    manager = manage(subscribing("one", lambda: {happened: [saying("one")]}, bootstrap))

    manager.enable("one")

    assert states(manager) == {"one": "enabled"}
    assert (len(ran), happened.collect()) == (2, ["one"])


def test_one_that_requires_a_plugin_that_switched_itself_off_fails(manage: MakeManager) -> None:
    def bootstrap() -> None:
        manager.disable("one")

    manager = manage(subscribing("one", bootstrap=bootstrap), subscribing("two", requires=("one",)))

    manager.enable_all(["one", "two"])

    assert manager.state("two") is PluginState.FAILED


def test_what_an_enabling_left_behind_does_not_keep_the_next_one_from_working(manage: MakeManager) -> None:
    moods = [KeyboardInterrupt(), None]

    def bootstrap() -> None:
        mood = moods.pop(0)
        if mood:
            raise mood

    manager = manage(subscribing("one", bootstrap=bootstrap))
    with pytest.raises(KeyboardInterrupt):
        manager.enable("one")

    assert manager.enable("one").state is PluginState.ENABLED


# -- methods that nobody calls ----------------------------------------------------------------------------------------


class Undeclared(Plugin):
    def get_signal_subscriptions(self) -> Any:
        return {}

    def bootstrap(self) -> None:
        pass


class HalfDeclared(Plugin):
    implements(IBlueprint)

    def get_blueprint(self) -> Any:
        return []

    def bootstrap(self) -> None:
        pass


class Declared(Plugin):
    implements(ISignal, IPluginBootstrap, inherit=True)

    def __call__(self) -> str:
        return "anything"


@pytest.mark.parametrize(
    ("plugin", "noted"),
    [
        (
            Undeclared,
            {
                "it has get_signal_subscriptions(), which nobody calls: declare implements(ISignal)",
                "it has bootstrap(), which nobody calls: declare implements(IPluginBootstrap)",
            },
        ),
        (HalfDeclared, {"it has bootstrap(), which nobody calls: declare implements(IPluginBootstrap)"}),
        (Declared, set()),
    ],
)
def test_a_method_of_an_interface_that_is_not_declared_is_noted(
    manage: MakeManager, plugin: type[Plugin], noted: set[str]
) -> None:
    manager = manage(plugin)

    status = manager.enable(plugin.__name__)

    assert status.state is PluginState.ENABLED
    assert {note.text for note in status.notes} == noted
