"""How plugins are enabled and disabled: by their own code, with those they require, and watched by observers."""

from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import (
    IAppRegister,
    IBlueprint,
    IPluginBootstrap,
    IPluginObserver,
    ISignal,
    Plugin,
    PluginManager,
    PluginState,
    Stage,
    implements,
)
from portico.plugins.requirements import in_order
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


def test_a_plugin_is_bootstrapped_after_those_it_requires(manage: MakeManager) -> None:
    started: list[str] = []
    top = subscribing("top", bootstrap=lambda: started.append("top"), requires=("middle",))
    middle = subscribing("middle", bootstrap=lambda: started.append("middle"), requires=("base",))
    base = subscribing("base", bootstrap=lambda: started.append("base"))

    manage(top, middle, base).enable_all(["top", "middle", "base"])

    assert started == ["base", "middle", "top"]


def test_receivers_keep_the_configured_order_whatever_requires_what(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    top = subscribing("top", lambda: {signal: [lambda sender: "top"]}, requires=("base",))
    base = subscribing("base", lambda: {signal: [lambda sender: "base"]})

    manage(top, base).enable_all(["base", "top"])

    assert signal.collect() == ["top", "base"]


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ("base", "it requires 'base', which is disabled; enable that first"),
        ("nothing", "it requires 'nothing', which is not installed"),
    ],
)
def test_enabling_says_what_is_missing(manage: MakeManager, required: str, message: str) -> None:
    manager = manage(subscribing("top", requires=(required,)), subscribing("base"))

    with pytest.raises(PluginError, match=f"cannot enable 'top': it failed at requirements: .*{message}"):
        manager.enable("top")

    assert manager.get("top").requires == (required,)


def test_a_plugin_fails_with_the_one_it_requires(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")

    def fail() -> None:
        raise OSError("no disk")

    top = subscribing("top", lambda: {signal: [lambda sender: "top"]}, requires=("base",))
    manager = manage(top, subscribing("base", bootstrap=fail))
    manager.enable_all(["top", "base"])

    failure = manager.get("top").failure
    assert failure is not None
    assert "it requires 'base', which is failed" in failure.error
    assert signal.subscriptions == ()


def test_plugins_that_require_each_other_are_told_so(manage: MakeManager) -> None:
    manager = manage(subscribing("one", requires=("two",)), subscribing("two", requires=("one",)))

    manager.enable_all(["one", "two"])

    assert {status.state for status in manager.list()} == {PluginState.FAILED}
    failure = manager.get("two").failure
    assert failure is not None
    assert "it requires 'one', which requires it in turn" in failure.error


def test_a_required_plugin_is_not_disabled_under_those_that_need_it(manage: MakeManager) -> None:
    manager = manage(
        subscribing("base"), subscribing("one", requires=("base",)), subscribing("two", requires=("base",))
    )
    manager.enable_all(["base", "one", "two"])

    with pytest.raises(PluginError, match="cannot disable 'base': 'one', 'two' require it; disable those first"):
        manager.disable("base")
    manager.disable("two")
    with pytest.raises(PluginError, match="cannot disable 'base': 'one' requires it; disable that first"):
        manager.disable("base")
    assert manager.state("base") is PluginState.ENABLED

    manager.disable_all(["base", "one"])

    assert {status.state for status in manager.list()} == {PluginState.DISABLED}


def test_requires_is_a_tuple_of_names(manage: MakeManager) -> None:
    with pytest.raises(PluginError, match=r"requires is 3; use a tuple of plugin names"):
        manage(subscribing("one", requires=3)).enable("one")  # type: ignore[arg-type]


def test_order_is_kept_where_nothing_is_required() -> None:
    requires = {"b": ["d"], "c": ["a"]}

    assert in_order(["b", "a", "c", "d"], lambda name: requires.get(name, [])) == ["d", "b", "a", "c"]


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
