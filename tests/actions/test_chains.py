from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portico.actions import chained_action
from portico.actions.chains import Chains

PLUGINS = [f"plugin {rank}" for rank in range(1, 6)]


def original(word: str) -> Callable[..., list[str]]:
    return lambda context, data_dict: [word]


def wrapper(word: str) -> Callable[..., list[str]]:
    @chained_action
    def wrap(next_action: Any, context: object, data_dict: object) -> list[str]:
        return [word, *next_action(context, data_dict)]

    return wrap


class PluginsComeAndGo(RuleBasedStateMachine):
    """Whatever order plugins come and go in, a name is the wrappers in plugin order, and then an original."""

    def __init__(self) -> None:
        super().__init__()
        self.chains = Chains("action")
        self.enabled: dict[str, tuple[bool, Callable[[], None]]] = {}

    @initialize()
    def the_application_brings_one(self) -> None:
        self.chains.add({"act": original("application")})

    @property
    def bringing(self) -> list[str]:
        return [name for name, (chained, _) in self.enabled.items() if not chained]

    @rule(name=st.sampled_from(PLUGINS), chained=st.booleans())
    def enable(self, name: str, chained: bool) -> None:
        if name in self.enabled or (not chained and self.bringing):
            return
        function = wrapper(name) if chained else original(name)
        undo = self.chains.add({"act": function}, owner=name, rank=PLUGINS.index(name) + 1)
        self.enabled[name] = (chained, undo)

    @precondition(lambda self: self.enabled)
    @rule(data=st.data())
    def disable(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.enabled)))
        _, undo = self.enabled.pop(name)
        undo()

    @invariant()
    def a_call_goes_through_the_enabled_ones_in_plugin_order(self) -> None:
        chain = self.chains.find("act")
        if chain is None:
            return
        wrappers = [name for name in PLUGINS if name in self.enabled and self.enabled[name][0]]

        assert chain.call(None, None) == [*wrappers, *(self.bringing or ["application"])]


TestPluginsComeAndGo = PluginsComeAndGo.TestCase
