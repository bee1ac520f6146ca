from typing import Any

import pytest

from portico import ISignal, Plugin, core, implements, use_plugin
from portico.errors import PluginError, UnknownPluginError
from portico.plugins import PluginState
from tests.host.conftest import MakeHost


class Greeting(Plugin):
    implements(ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {core.signal("failed_login"): [self.greet]}

    def greet(self, name: str) -> str:
        return f"hello {name}"


class Needing(Plugin):
    requires: tuple[str, ...] = ("Greeting",)


def test_a_plugin_is_enabled_for_the_length_of_a_block() -> None:
    with use_plugin(Greeting) as plugin:
        assert isinstance(plugin, Greeting)
        assert core.signal("failed_login").collect("jane") == ["hello jane"]

    assert core.signal("failed_login").subscriptions == ()


def test_several_are_enabled_together() -> None:
    with use_plugin(Needing, Greeting) as plugins:
        assert [type(plugin) for plugin in plugins] == [Needing, Greeting]


def test_on_an_open_host_plugins_are_afterwards_as_they_were_and_nothing_is_remembered(make_host: MakeHost) -> None:
    host = make_host(plugins=[Greeting]).open()

    with use_plugin(Greeting, Needing):
        assert host.plugins.get("Needing").state is PluginState.ENABLED

    assert host.plugins.get("Greeting").state is PluginState.ENABLED
    assert host.plugins.get("Needing").state is PluginState.DISABLED
    assert host.plugins._store.load() == {}


def test_an_unknown_plugin_and_one_that_fails_are_said_at_once() -> None:
    with pytest.raises(UnknownPluginError), use_plugin("nothing"):
        pass
    with pytest.raises(PluginError, match="it requires 'Greeting'"), use_plugin(Needing):
        pass


def test_what_is_left_connected_is_an_error(make_host: MakeHost) -> None:
    host = make_host().open()

    left = r"still connected after Greeting was disabled: .*greet at core:failed_login"
    with pytest.raises(PluginError, match=left), use_plugin(Greeting):
        # Behind everybody's back: the record of it is lost.
        host.plugins.manager._plugins.by_name["Greeting"].scope._brought.clear()

    for subscription in core.signal("failed_login").subscriptions:
        subscription.cancel()
