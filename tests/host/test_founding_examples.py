"""The two examples that Portico exists for, as plugins of its two references write them."""

from typing import Any

import pytest

from portico import ANY, IPluginBootstrap, ISignal, Namespace, Plugin, Veto, core, ext, implements
from portico.plugins import PluginState, SingletonPlugin
from tests.host.conftest import MakeHost

media = Namespace("media-of-the-founding-examples")


@media.signal(policy="isolate", vetoable=True)
def pre_create(helper: type, /, *, instance: str | None, method: str) -> None:
    """Sent before an object is created."""


class UserHelper:
    def create(self, name: str) -> str:
        pre_create.send(self.__class__, instance=name, method="createUser")
        return name


class ItemHelper:
    def create(self) -> None:
        pre_create.send(self.__class__, instance=None, method="createPlaceholder")


class Watching(Plugin):
    """Connects a bound method in `bootstrap`, for one sender class."""

    implements(IPluginBootstrap)
    seen: list[tuple[str, Any, str]]

    def bootstrap(self) -> None:
        self.seen = []
        # Adapted at run time; type checkers ask for the standard form.
        pre_create.connect(self.watch, sender=UserHelper)  # type: ignore[arg-type]

    def watch(self, instance: str, method: str, **kwargs: Any) -> None:
        self.seen.append((instance, kwargs["sender"], method))
        if instance == "root":
            raise Veto("there is one root already")


class Mapping(SingletonPlugin):
    """Subscribes through a mapping that holds a callable and a dict, and to a plugin that is not installed."""

    implements(ISignal, inherit=True)

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def get_signal_subscriptions(self) -> Any:
        return {
            core.signal("failed_login"): [self.any_name, {"receiver": self.only_admin, "sender": "admin"}],
            ext.signal("not_installed:thing"): [{"receiver": self.any_name, "sender": ANY}],
        }

    def any_name(self, sender: str, **kwargs: Any) -> None:
        self.heard.append(("any", sender))

    def only_admin(self, sender: str) -> None:
        self.heard.append(("admin", sender))


@pytest.fixture
def watching(make_host: MakeHost) -> tuple[Watching, Any]:
    host = make_host(plugins=[Watching]).open()
    plugin = host.plugins.instance("Watching")
    assert isinstance(plugin, Watching)
    return plugin, host


def test_a_receiver_connected_in_bootstrap_hears_one_sender_class_before_each_create(
    watching: tuple[Watching, Any],
) -> None:
    plugin, _ = watching

    ItemHelper().create()
    UserHelper().create("jane")

    assert plugin.seen == [("jane", UserHelper, "createUser")]


def test_it_may_refuse_the_operation(watching: tuple[Watching, Any]) -> None:
    with pytest.raises(Veto, match="there is one root already"):
        UserHelper().create("root")


def test_it_is_gone_when_the_plugin_is_disabled(watching: tuple[Watching, Any]) -> None:
    plugin, host = watching

    host.plugins.disable("Watching")

    assert UserHelper().create("root") == "root"
    assert plugin.seen == []


def test_a_mapping_holds_callables_and_dicts_with_a_sender(make_host: MakeHost) -> None:
    with make_host(plugins=[Mapping]):
        heard = Mapping().heard
        heard.clear()

        core.signal("failed_login").send("jane")
        core.signal("failed_login").send("admin")

    assert heard == [("any", "jane"), ("any", "admin"), ("admin", "admin")]


def test_subscribing_by_name_to_a_plugin_that_is_not_installed_does_nothing_and_breaks_nothing(
    make_host: MakeHost,
) -> None:
    with make_host(plugins=[Mapping]) as host:
        heard = Mapping().heard
        heard.clear()
        status = host.plugins.get("Mapping")

        assert status.state is PluginState.ENABLED
        assert "ext:not_installed:thing" in {each.signal for each in status.subscriptions}
        assert heard == []
        # The day it is installed, it is heard.
        ext.signal("not_installed:thing").send("now")
        assert heard == [("any", "now")]
