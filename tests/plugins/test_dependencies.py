import pytest

from portico.errors import PluginError
from portico.plugins import PluginState
from portico.plugins.lifecycle import in_order
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, subscribing


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
