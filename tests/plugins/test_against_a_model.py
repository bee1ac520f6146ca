"""The life cycle against a model: whatever happens, exactly what the enabled plugins brought is there.

That is what they connect, what they contribute and what they have open, in order.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import blinker
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portico.errors import PluginError
from portico.plugins import (
    Interface,
    IPluginBootstrap,
    ISignal,
    Limits,
    Plugin,
    PluginManager,
    PluginScope,
    PluginState,
    candidate_from_class,
    implements,
)
from portico.signals import Namespace, Signal, observe_failures

_numbers = count()

# In the configured order; what each requires.
REQUIRES: dict[str, tuple[str, ...]] = {"alfa": ("charlie",), "bravo": (), "charlie": (), "delta": ("alfa", "bravo")}
# Their `bootstrap` is a generator.
GENERATORS = {"bravo", "charlie"}
NAMES = st.sampled_from(sorted(REQUIRES))
LIMIT, PROBATION = 2, 2
STEPS = [None, "mapping", "bootstrap", "items"]
ENABLED, DISABLED, FAILED, QUARANTINED = PluginState


class IMenu(Interface):
    """Bring menu items."""

    def items(self) -> list[str]:
        return []


@dataclass
class Row:
    """One plugin, as the model sees it."""

    state: PluginState = DISABLED
    fails_at: str | None = None
    """Which step of its enabling fails."""
    broken: bool = False
    """Whether one of its receivers raises."""
    in_a_row: int = 0
    lately: int = 0
    """Failures within the window."""
    to_prove: int = 0
    plugin_class: Any = field(default=None, repr=False)


def receiver(word: str) -> Callable[..., str]:
    return lambda sender, **_: word


class LifeCycle(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        namespace = Namespace(f"life_cycle_{next(_numbers)}")
        self.by_name: Signal[...] = namespace.signal("by_name")

        @namespace.signal(policy="isolate")
        def declared(sender: object, /) -> None: ...

        self.declared = declared
        self.shared = receiver("shared")
        self.rows = {name: Row() for name in REQUIRES}
        self.elsewhere = blinker.Signal()
        self.is_offered = False
        self.menu: list[tuple[int, str]] = []
        self.opened: list[str] = []
        candidates = [candidate_from_class(self.plugin_class(name)) for name in REQUIRES]
        limits = Limits(failures_in_a_row=LIMIT, probation_receptions=PROBATION)
        self.now = 0.0
        self.manager = PluginManager(candidates, order=list(REQUIRES), limits=limits, clock=lambda: self.now)
        self.undo = observe_failures(self.manager.note_failure)
        # What fails here fails a thousand times.
        logging.getLogger("portico").setLevel(logging.CRITICAL)

    def plugin_class(self, plugin_name: str) -> type[Plugin]:
        machine, row = self, self.rows[plugin_name]

        class Drawn(Plugin):
            implements(ISignal, IPluginBootstrap, IMenu)
            name = plugin_name
            requires = REQUIRES[plugin_name]

            def items(self) -> list[str]:
                return [plugin_name, row.fails_at if row.fails_at == "items" else f"more of {plugin_name}"]

            def get_signal_subscriptions(self) -> Any:
                wrong = [1] if row.fails_at == "mapping" else []
                first = {"receiver": receiver(f"{plugin_name}/first"), "order": -1}
                return {
                    machine.by_name: [machine.shared, receiver(plugin_name), first, *wrong],
                    machine.declared: [self.hear],
                    machine.elsewhere: [receiver(plugin_name)],
                }

            def bootstrap(self) -> Any:
                return self.open_and_close() if plugin_name in GENERATORS else self.connect()

            def open_and_close(self) -> Iterator[None]:
                self.connect()
                machine.opened.append(plugin_name)
                yield
                machine.opened.remove(plugin_name)

            def connect(self) -> None:
                machine.by_name.connect(receiver(f"{plugin_name}/bootstrap"))
                if row.fails_at == "bootstrap":
                    raise LookupError("drawn")

            def hear(self, sender: object) -> str:
                if row.broken:
                    raise LookupError("drawn")
                return plugin_name

        return Drawn

    def teardown(self) -> None:
        if hasattr(self, "manager"):
            logging.getLogger("portico").setLevel(logging.NOTSET)
            self.manager.close()
            self.undo()
            assert self.by_name.subscriptions == self.declared.subscriptions == ()
            assert self.menu == []
            assert self.opened == []

    # -- what the model says ------------------------------------------------------------------------------------

    def enabled(self) -> list[str]:
        return [name for name, row in self.rows.items() if row.state is ENABLED]

    def enable_in_model(self, names: list[str]) -> None:
        """Enable as the rules say: each after those it requires."""
        for name in sorted(names, key=["charlie", "alfa", "bravo", "delta"].index):
            row = self.rows[name]
            if row.state is ENABLED:
                continue
            on_probation = row.state is QUARANTINED
            # What is suspended is resumed: of its own code only what had to be undone runs anew.
            runs = {"items"} if self.is_offered else set()
            runs |= ({"bootstrap"} if name in GENERATORS else set()) if on_probation else {"mapping", "bootstrap"}
            works = row.fails_at not in runs
            if works and all(self.rows[each].state is ENABLED for each in REQUIRES[name]):
                row.state, row.to_prove = ENABLED, PROBATION if on_probation else 0
                row.in_a_row = row.lately = 0
            else:
                row.state = FAILED

    # -- what can happen ----------------------------------------------------------------------------------------

    def take(self, part: IMenu, scope: PluginScope) -> None:
        for item in part.items():
            if item == "items":
                raise ValueError("drawn")
            entry = (scope.rank, item)
            self.menu.append(entry)
            scope.callback(lambda entry=entry: self.menu.remove(entry))  # type: ignore[misc]

    @precondition(lambda self: not self.is_offered)
    @rule()
    def offer(self) -> None:
        self.is_offered = True
        for name in self.enabled():
            if self.rows[name].fails_at == "items":
                self.rows[name].state = FAILED

        self.give_back = self.manager.contributions.offer(IMenu, take=self.take, stage="menu")

    @precondition(lambda self: self.is_offered)
    @rule()
    def offer_no_longer(self) -> None:
        self.is_offered = False

        self.give_back()

    @rule()
    def close(self) -> None:
        for row in self.rows.values():
            row.state = DISABLED

        self.manager.close()

    @rule(name=NAMES, step=st.sampled_from(STEPS))
    def change_what_fails(self, name: str, step: str | None) -> None:
        self.rows[name].fails_at = step

    @rule(name=NAMES, broken=st.booleans())
    def break_or_mend(self, name: str, broken: bool) -> None:
        self.rows[name].broken = broken

    @rule(name=NAMES)
    def enable(self, name: str) -> None:
        self.enable_in_model([name])

        try:
            self.manager.enable(name)
        except PluginError:
            assert self.rows[name].state is FAILED
        else:
            assert self.rows[name].state is ENABLED

    @rule(names=st.lists(NAMES, unique=True))
    def enable_several(self, names: list[str]) -> None:
        self.enable_in_model(names)

        self.manager.enable_all(names)

    @rule(name=NAMES)
    def disable(self, name: str) -> None:
        needed = any(name in REQUIRES[each] for each in self.enabled())
        refused = needed and self.rows[name].state in {ENABLED, QUARANTINED}

        try:
            self.manager.disable(name)
        except PluginError:
            assert refused
        else:
            assert not refused
            self.rows[name].state = DISABLED

    @precondition(lambda self: self.enabled())
    @rule(data=st.data())
    def quarantine(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.enabled()))
        self.rows[name].state = QUARANTINED

        self.manager.quarantine(name, "was quarantined by hand")

    @rule()
    def let_the_window_pass(self) -> None:
        self.now += 601
        for row in self.rows.values():
            row.lately = 0

    @rule()
    def send(self) -> None:
        expected = [name for name in self.enabled() if not self.rows[name].broken]
        for name in self.enabled():
            row = self.rows[name]
            limit = 1 if row.to_prove else LIMIT
            row.in_a_row = row.in_a_row + 1 if row.broken else 0
            row.lately += row.broken
            if max(row.in_a_row, row.lately) >= limit and row.broken:
                row.state = QUARANTINED
            elif row.to_prove and not row.broken:
                row.to_prove -= 1

        assert self.declared.collect(None) == expected

    # -- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def exactly_the_enabled_plugins_receive_in_order(self) -> None:
        if not hasattr(self, "manager"):
            return
        enabled = self.enabled()
        assert {status.name: status.state for status in self.manager.list()} == {
            name: row.state for name, row in self.rows.items()
        }
        firsts = [f"{name}/first" for name in enabled]
        rest = [word for name in enabled for word in (name, f"{name}/bootstrap")]
        # The receiver that they share runs once, at the place of the first.
        # Not sent: on probation, each reception would count.
        assert [each(None) for each in self.by_name.receivers_for(None)] == (firsts + _with_shared(enabled, rest))
        ranks = {name: rank for rank, name in enumerate(REQUIRES, start=1)}
        expected = [(ranks[name], item) for name in enabled for item in (name, f"more of {name}")]
        assert sorted(self.menu) == (expected if self.is_offered else [])
        assert sorted(self.opened) == [name for name in enabled if name in GENERATORS]
        assert len(list(self.elsewhere.receivers_for(blinker.ANY))) == len(enabled)
        assert [part.name for part in self.manager.implementing(ISignal)] == enabled  # type: ignore[attr-defined]
        assert {each.owner for each in self.declared.subscriptions} == set(enabled)
        assert all(self.manager.leaked_by(name) == () for name in self.rows)
        probations = {name for name, row in self.rows.items() if row.state is ENABLED and row.to_prove}
        assert {status.name for status in self.manager.list() if status.on_probation} == probations


def _with_shared(enabled: list[str], rest: list[str]) -> list[str]:
    return ["shared", *rest] if enabled else rest


TestLifeCycle = LifeCycle.TestCase
TestLifeCycle.settings = settings(max_examples=60, stateful_step_count=40)
