from collections.abc import Mapping
from typing import Any

import pytest

from portico import ISignal, Plugin, Portico, implements
from portico.actions import IActions, IAuthFunctions, chained_action
from portico.builtin import failed_login
from portico.errors import NotFoundError, PluginError


class Base(Plugin):
    """Brings an action and who may call it."""

    implements(IActions, IAuthFunctions)

    def get_actions(self) -> Mapping[str, Any]:
        return {"greet": lambda context, data_dict: ["greet"]}

    def get_auth_functions(self) -> Mapping[str, Any]:
        return {"greet": lambda context, data_dict: context["user"] == "nora"}


def wrapping(word: str) -> type[Plugin]:
    class Wrapping(Plugin):
        implements(IActions)

        def get_actions(self) -> Mapping[str, Any]:
            return {"greet": self.wrap}

        @chained_action
        def wrap(self, next_action: Any, context: Any, data_dict: Any) -> list[str]:
            return [word, *next_action(context, data_dict)]

    Wrapping.name = word  # type: ignore[attr-defined]
    return Wrapping


class Clashing(Plugin):
    """Brings an action that another plugin brings, and a receiver."""

    implements(IActions, ISignal)

    def get_signal_subscriptions(self) -> Any:
        return {failed_login: [lambda name: "heard"]}

    def get_actions(self) -> Mapping[str, Any]:
        return {"greet": lambda context, data_dict: ["clash"], "other": lambda context, data_dict: None}


def test_the_actions_of_a_plugin_come_and_go_with_it() -> None:
    with Portico(plugins=[Base]) as host:
        greet = host.actions.get_action("greet")
        assert greet({"user": "nora"}) == ["greet"]

        host.plugins.disable("Base")
        with pytest.raises(NotFoundError):
            greet({"user": "nora"})
        host.plugins.enable("Base")
        assert greet({"user": "nora"}) == ["greet"]

    assert host.actions.names == []


def test_chains_keep_the_configured_order_when_a_plugin_was_off_and_on() -> None:
    with Portico(plugins=[wrapping("one"), Base, wrapping("two")]) as host:
        assert host.actions.call("greet", {"user": "nora"}) == ["one", "two", "greet"]

        host.plugins.disable("one")
        assert host.actions.call("greet", {"user": "nora"}) == ["two", "greet"]
        host.plugins.enable("one")

        assert host.actions.call("greet", {"user": "nora"}) == ["one", "two", "greet"]


def test_a_plugin_whose_action_is_taken_is_not_enabled_at_all() -> None:
    with Portico(plugins=[Base, Clashing]) as host:
        assert host.actions.names == ["greet"]
        assert failed_login.subscriptions == ()
        with pytest.raises(
            PluginError, match="cannot take the action 'greet' of Clashing: Base brings one of that name already"
        ):
            host.plugins.enable("Clashing")

        host.plugins.disable("Base")
        host.plugins.enable("Clashing")
        assert host.actions.names == ["greet", "other"]


class Forgetful(Plugin):
    """Declares the interface, and lacks the method."""

    implements(IActions)


def test_a_plugin_without_the_method_is_refused_by_name() -> None:
    with Portico() as _, pytest.raises(PluginError, match="no plugin"):
        _.plugins.enable("Forgetful")
    with Portico(plugins=[Forgetful]) as host:
        failure = host.plugins.get("Forgetful").failure

    assert failure is not None
    assert "Forgetful implements IActions, but has no method 'get_actions'" in failure.error
