"""A host that follows something else that loads and unloads plugins: a framework's own plugin loader, say."""

import pytest

from portico import ISignal, Namespace, Plugin, Portico, implements
from portico.errors import PluginError, UnknownPluginError
from portico.host import MemoryStateStore
from portico.plugins import PluginState, candidate_from_class
from tests.host.conftest import MakeHost

shop = Namespace("outer-loader")


class Loaded(Plugin):
    """Is made by somebody else."""

    implements(ISignal)
    name = "loaded"

    def __init__(self, word: str = "hello") -> None:
        self.word = word

    def get_signal_subscriptions(self) -> object:
        return {shop.signal("happened"): [lambda sender: self.word]}


class Needing(Plugin):
    requires: tuple[str, ...] = ("loaded",)


def test_what_is_added_late_is_enabled_and_not_remembered(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    host = make_host(state=store).open()

    status = host.plugins.add(Loaded)

    assert status.state is PluginState.ENABLED
    assert shop.signal("happened").collect() == ["hello"]
    assert host.plugins.add(Loaded).state is PluginState.ENABLED
    assert store.load() == {}
    assert host.plugins.remove("loaded").state is PluginState.DISABLED
    assert store.load() == {}
    assert host.plugins.add(Loaded).state is PluginState.ENABLED


def test_what_was_switched_off_by_hand_stays_off_when_it_is_added_again(make_host: MakeHost) -> None:
    store = MemoryStateStore()
    with Portico(plugins=[Loaded], state=store) as first:
        first.plugins.disable("loaded")
    host = make_host(state=store).open()

    assert host.plugins.add(Loaded).state is PluginState.DISABLED
    host.plugins.enable("loaded")
    assert host.plugins.quarantine("loaded").state is PluginState.QUARANTINED
    host.plugins.remove("loaded")

    assert host.plugins.add(Loaded).state is PluginState.QUARANTINED
    assert shop.signal("happened").collect() == []


def test_what_is_added_to_a_closed_host_is_enabled_when_it_opens(make_host: MakeHost) -> None:
    host = make_host()

    assert host.plugins.add(Loaded).state is PluginState.DISABLED
    host.open()

    assert host.plugins.get("loaded").state is PluginState.ENABLED
    host.close()
    host.plugins.remove("loaded")
    host.open()
    assert host.plugins.get("loaded").state is PluginState.DISABLED


def test_a_new_instance_takes_the_place_of_the_one_that_is_there(make_host: MakeHost) -> None:
    first, second = Loaded("first"), Loaded("second")
    host = make_host().open()

    host.plugins.add(first)
    before = shop.signal("happened").collect()
    host.plugins.add(first)
    host.plugins.add(second)

    assert (before, shop.signal("happened").collect()) == (["first"], ["second"])
    assert host.plugins.instance("loaded") is second
    assert [status.name for status in host.plugins.list() if status.name == "loaded"] == ["loaded"]


def test_what_cannot_be_taken_changes_nothing(make_host: MakeHost) -> None:
    host = make_host(plugins=[Needing]).open()
    host.plugins.add(Loaded("first"))
    host.plugins.enable("Needing")

    class Other(Plugin):
        name = "loaded"

    with pytest.raises(PluginError, match=r"two plugins are called 'loaded': .*:Loaded and .*Other; rename one"):
        host.plugins.add(Other)
    with pytest.raises(PluginError, match="cannot disable 'loaded': 'Needing' requires it"):
        host.plugins.add(Loaded("second"))
    with pytest.raises(PluginError, match="cannot disable 'loaded': 'Needing' requires it"):
        host.plugins.remove("loaded")
    with pytest.raises(PluginError, match="cannot use 3 as a plugin; give an installed plugin's name or a subclass"):
        host.plugins.add(3)  # type: ignore[arg-type]
    with pytest.raises(UnknownPluginError):
        host.plugins.remove("nobody")

    assert shop.signal("happened").collect() == ["first"]


def test_a_candidate_that_was_found_elsewhere_can_be_added(make_host: MakeHost) -> None:
    host = make_host().open()

    assert host.plugins.add(candidate_from_class(Loaded)).state is PluginState.ENABLED
    assert host.plugins.add(candidate_from_class(Loaded)).failures == 0
