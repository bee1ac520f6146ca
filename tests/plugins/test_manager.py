import gc
import logging
import signal as signals
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portico.errors import PluginError, UnknownPluginError
from portico.plugins import (
    Candidate,
    IPluginBootstrap,
    ISignal,
    Plugin,
    PluginManager,
    PluginState,
    SingletonPlugin,
    Stage,
    implements,
)
from portico.signals import Namespace, observe_failures
from tests.plugins.conftest import MakeManager


def saying(word: str) -> Callable[..., str]:
    """Return a receiver that returns `word`."""
    return lambda sender: word


def subscribing(name: str, mapping: Any, bootstrap: Any = None) -> type[Plugin]:
    """Return a plugin class whose mapping is the result of `mapping()`."""

    class Subscribing(Plugin):
        implements(ISignal, IPluginBootstrap)

        def get_signal_subscriptions(self) -> Any:
            return mapping()

        def bootstrap(self) -> None:
            if bootstrap:
                bootstrap()

    Subscribing.__name__ = name
    return Subscribing


def test_an_enabled_plugin_receives_and_a_disabled_one_does_not(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", lambda: {signal: [lambda sender: "one"]}))

    assert signal.send() == []
    manager.enable("one")
    assert [value for _, value in signal.send()] == ["one"]
    manager.disable("one")
    assert signal.send() == []


def test_a_mapping_may_hold_callables_and_dicts(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    mapping = {
        signal: [
            lambda sender: "second",
            {"receiver": lambda sender: "first", "order": -1},
            {"receiver": lambda sender: "only eu", "sender": "eu", "weak": True},
        ]
    }
    manager = manage(subscribing("one", lambda: mapping))

    manager.enable("one")

    assert signal.collect("eu") == ["first", "second", "only eu"]
    assert signal.collect("us") == ["first", "second"]
    assert len(mapping[signal]) == 3


def test_what_bootstrap_connects_goes_when_the_plugin_is_disabled(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", dict, bootstrap=lambda: signal.connect(saying("one"))))

    manager.enable("one")
    assert signal.collect() == ["one"]
    manager.disable("one")

    assert not signal.receivers


def test_every_mapping_is_connected_before_any_bootstrap_runs(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("asked")
    heard: list[Any] = []
    first = subscribing("first", dict, bootstrap=lambda: heard.extend(signal.collect()))
    second = subscribing("second", lambda: {signal: [lambda sender: "second"]})

    manage(first, second).enable_all(["first", "second"])

    assert heard == ["second"]


def test_subscribing_by_name_to_a_signal_that_nobody_declares_breaks_nothing(
    acme: Namespace, manage: MakeManager
) -> None:
    manager = manage(subscribing("one", lambda: {acme.signal("other_plugin:thing"): [print]}))

    status = manager.enable("one")

    assert status.state is PluginState.ENABLED
    assert [each.signal for each in status.subscriptions] == [f"{acme.name}:other_plugin:thing"]


def test_a_mapping_with_a_deprecated_signal_warns_at_the_receiver_s_own_lines(
    acme: Namespace, manage: MakeManager
) -> None:
    @acme.signal(deprecated="use order_stored")
    def order_placed(region: str, /) -> None:
        """Sent after an order is stored."""

    receiver = saying("one")
    manager = manage(subscribing("one", lambda: {order_placed: [receiver]}))

    with pytest.warns(DeprecationWarning, match="order_placed is deprecated: use order_stored") as caught:
        manager.enable("one")

    code = receiver.__code__
    assert [(each.filename, each.lineno) for each in caught] == [(code.co_filename, code.co_firstlineno)]
    assert order_placed.collect("eu") == ["one"]


def generator(sender: object, **payload: object) -> Iterator[object]:
    yield sender


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (lambda _: None, "get_signal_subscriptions() returned 'NoneType'"),
        (lambda _: {"user_created": [print]}, "the key 'user_created', which is not a signal"),
        (lambda signal: {signal: print}, "put the receivers into a list"),
        (lambda signal: {signal: {"receiver": print}}, "put the receivers into a list"),
        (lambda signal: {signal: [1]}, "'int' as its receiver, which is not callable"),
        (lambda signal: {signal: [generator]}, "test_manager.generator as its receiver, which has a `yield` in it"),
        (lambda signal: {signal: [{"sender": 1}]}, "'NoneType' as its receiver, which is not callable"),
        (lambda signal: {signal: [{"receiver": print, "sendr": 1}]}, "the unknown key sendr; known are order, rec"),
        (lambda signal: {signal: [{"receiver": print, "order": "a"}]}, "the order 'a'; use a whole number"),
        (lambda signal: {signal: [print, lambda sender, colour: 1]}, "it requires colour; the signal offers size"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_as_a_whole(
    acme: Namespace, manage: MakeManager, mapping: Any, message: str
) -> None:
    @acme.signal
    def happened(sender: object, /, *, size: int) -> None: ...

    other = acme.signal("other")
    manager = manage(
        subscribing("one", lambda: {other: [print]} | mapping(happened) if mapping(happened) else mapping(happened))
    )

    with pytest.raises(PluginError) as refused:
        manager.enable("one")

    assert message in str(refused.value)
    assert manager.get("one").state is PluginState.FAILED
    assert not happened.receivers
    assert not other.receivers


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_a_plugin_that_fails_in_bootstrap_is_undone_and_the_others_go_on(
    acme: Namespace, manage: MakeManager, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    signal = acme.signal("happened")

    def fail() -> None:
        signal.connect(saying("left behind"))
        raise error

    bad = subscribing("bad", lambda: {signal: [lambda sender: "bad"]}, bootstrap=fail)
    good = subscribing("good", lambda: {signal: [lambda sender: "good"]})
    manager = manage(bad, good)

    with caplog.at_level(logging.ERROR):
        manager.enable_all(["bad", "good"])

    status = manager.get("bad")
    assert signal.collect() == ["good"]
    assert status.state is PluginState.FAILED
    assert status.failure is not None
    assert status.failure.stage is Stage.BOOTSTRAP
    assert type(error).__name__ in status.failure.error
    assert "in fail" in status.failure.traceback
    assert [record.message for record in caplog.records] == [
        "plugin bad failed at bootstrap and is not enabled; the others go on"
    ]


def test_a_failed_plugin_can_be_enabled_once_its_cause_is_gone(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    mappings: list[Any] = [None, {signal: [lambda sender: "one"]}]
    manager = manage(subscribing("one", lambda: mappings.pop(0)))

    with pytest.raises(PluginError):
        manager.enable("one")
    manager.enable("one")

    assert signal.collect() == ["one"]
    status = manager.get("one")
    assert status.failure is not None
    assert status.failures == 1


def test_disabling_does_not_ask_the_plugin_again(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    asked = []

    def changing_mind() -> Any:
        asked.append(1)
        return {signal: [lambda sender: "fresh lambda"]} if len(asked) == 1 else {}

    manager = manage(subscribing("one", changing_mind))

    manager.enable("one")
    manager.disable("one")

    assert len(asked) == 1
    assert not signal.receivers


def test_a_plugin_keeps_its_instance_when_it_is_off_and_on_again(manage: MakeManager) -> None:
    made = []

    class One(SingletonPlugin):
        def __init__(self) -> None:
            made.append(self)

    manager = manage(One)
    manager.enable("One")
    manager.disable("One")
    manager.enable("One")

    assert len(made) == 1


def test_two_plugins_that_share_a_receiver_keep_it_until_both_are_gone(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")

    def shared(sender: object) -> str:
        return "shared"

    manager = manage(subscribing("one", lambda: {signal: [shared]}), subscribing("two", lambda: {signal: [shared]}))
    manager.enable_all(["one", "two"])

    assert signal.collect() == ["shared"]
    manager.disable("one")
    assert signal.collect() == ["shared"]
    manager.disable("two")
    assert signal.collect() == []


def test_receivers_run_in_the_configured_order_also_after_off_and_on(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    names = ["zulu", "alfa", "mike"]
    classes = [subscribing(name, lambda name=name: {signal: [lambda sender: name]}) for name in names]
    manager = manage(*classes)

    manager.enable_all(sorted(names))
    assert signal.collect() == names
    manager.disable("zulu")
    manager.enable("zulu")

    assert signal.collect() == names
    assert [status.name for status in manager.list()] == names


def test_receivers_of_nobody_run_before_those_of_plugins(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manage(subscribing("one", lambda: {signal: [lambda sender: "plugin"]})).enable("one")

    signal.connect(saying("portal"))

    assert signal.collect() == ["portal", "plugin"]


def test_enabling_twice_connects_once(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", lambda: {signal: [lambda sender: "one"]}))

    manager.enable("one")
    manager.enable("one")

    assert signal.collect() == ["one"]


def test_an_unknown_name_is_refused_with_the_nearest_known_one(manage: MakeManager) -> None:
    manager = manage(subscribing("welcome_mail", dict))

    for act in (manager.enable, manager.disable, manager.get):
        with pytest.raises(
            UnknownPluginError, match=r"no plugin is called 'welcom_mail'; did you mean 'welcome_mail'\?"
        ):
            act("welcom_mail")


def test_a_class_that_is_no_plugin_fails_at_import() -> None:
    manager = PluginManager([Candidate("odd", "module:thing", object)])

    with pytest.raises(PluginError, match="is not a plugin class; derive it from Plugin or SingletonPlugin"):
        manager.enable("odd")


def test_a_receiver_s_failures_stand_with_its_plugin(acme: Namespace, manage: MakeManager) -> None:
    @acme.signal(policy="isolate")
    def happened(sender: object, /) -> None: ...

    def broken(sender: object) -> None:
        raise LookupError("not there")

    manager = manage(subscribing("one", lambda: {happened: [broken]}), subscribing("two", dict))
    manager.enable_all(["one", "two"])
    undo = observe_failures(manager.note_failure)

    happened.send(None)
    happened.send(None)
    undo()

    status = manager.get("one")
    assert status.state is PluginState.ENABLED
    assert status.failures == 2
    assert status.failure is not None
    assert (status.failure.stage, status.failure.error) == (Stage.RECEIVER, "LookupError: not there")
    assert status.failure.signal == happened.label
    assert status.failure.receiver is not None
    assert status.failure.receiver.endswith("broken")
    assert manager.get("two").failure is None


def test_a_plugin_that_a_late_declaration_proves_wrong_fails_as_a_whole(acme: Namespace, manage: MakeManager) -> None:
    by_name, other = acme.signal("happened"), acme.signal("other")
    manager = manage(subscribing("one", lambda: {by_name: [lambda sender, colour: 1], other: [lambda sender: 1]}))
    manager.enable("one")
    undo = observe_failures(manager.note_failure)

    @acme.signal
    def happened(sender: object, /, *, size: int) -> None: ...

    undo()

    status = manager.get("one")
    assert status.state is PluginState.FAILED
    assert status.failure is not None
    assert "requires colour" in status.failure.error
    assert not other.receivers


MODULE = """
from portico.plugins import Plugin
from portico.signals import Namespace

signal = Namespace({namespace!r}).signal("happened")

@signal.connect
def at_import(sender):
    return "at import"
{more}
class AtImport(Plugin):
    pass
"""


def write_module(folder: Path, name: str, namespace: str, more: str = "") -> Candidate:
    (folder / f"{name}.py").write_text(MODULE.format(namespace=namespace, more=more))

    def load() -> object:
        return __import__(name).AtImport

    return Candidate("one", f"{name}:AtImport", load)


def test_what_a_module_connects_at_import_is_suspended_and_resumed_with_the_plugin(
    acme: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    signal = acme.signal("happened")
    manager = PluginManager([write_module(tmp_path, "connects_at_import", acme.name)])

    for _ in range(2):
        manager.enable("one")
        assert signal.collect() == ["at import"]
        manager.disable("one")
        assert signal.collect() == []

    del sys.modules["connects_at_import"]


def test_a_module_that_raises_at_import_leaves_nothing_connected_and_can_be_tried_again(
    acme: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    signal = acme.signal("happened")
    manager = PluginManager([write_module(tmp_path, "raises_at_import", acme.name, "raise OSError('no disk')")])

    for _ in range(2):
        with pytest.raises(PluginError, match="cannot enable 'one': it failed at import: OSError: no disk"):
            manager.enable("one")

    assert not signal.receivers
    assert "raises_at_import" not in sys.modules


def test_closing_leaves_not_one_subscription_behind(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(
        subscribing("one", lambda: {signal: [print]}, bootstrap=lambda: signal.connect(repr)),
        subscribing("two", lambda: {signal: [ascii]}),
    )
    manager.enable_all(["one", "two"])

    manager.close()

    assert signal.subscriptions == ()
    assert {status.state for status in manager.list()} == {PluginState.DISABLED}


def test_receivers_that_nobody_else_holds_are_kept_as_long_as_the_plugin_is_enabled(
    acme: Namespace, manage: MakeManager
) -> None:
    signal = acme.signal("happened")

    class Helper:
        def hear(self, sender: object) -> str:
            return "method"

    def mapping() -> Any:
        def nested(sender: object) -> str:
            return "nested"

        kinds = [lambda sender: "lambda", partial(lambda word, sender: word, "partial"), nested, Helper().hear]
        return {signal: [*kinds, {"receiver": lambda sender: "weak", "weak": True}]}

    manager = manage(subscribing("one", mapping))
    manager.enable("one")
    gc.collect()

    assert signal.collect() == ["lambda", "partial", "nested", "method", "weak"]
    manager.disable("one")
    assert signal.subscriptions == ()


# -- what is no failure ---------------------------------------------------------------------------------------------


class Interrupting:
    """Raises once, where it is called, what is no plugin's failure."""

    def __init__(self, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.error = error
        self.armed = True

    def __call__(self) -> dict[Any, Any]:
        if self.armed:
            self.armed = False
            raise self.error
        return {}


@pytest.mark.parametrize("stage", ["mapping", "bootstrap"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_an_interruption_passes_and_leaves_nothing_half_enabled(
    acme: Namespace, manage: MakeManager, stage: str, error: type[BaseException]
) -> None:
    signal = acme.signal("happened")
    interrupt = Interrupting(error)

    def bootstrap() -> None:
        signal.connect(saying("bootstrapped"))
        if stage == "bootstrap":
            interrupt()

    manager = manage(
        subscribing("first", lambda: {signal: [saying("first")]}),
        subscribing(
            "second", lambda: {signal: [saying("second")], **(interrupt() if stage == "mapping" else {})}, bootstrap
        ),
        subscribing("third", lambda: {signal: [saying("third")]}),
    )

    with pytest.raises(error):
        manager.enable_all(["first", "second", "third"])
    enabled = [status.name for status in manager.list() if status.state is PluginState.ENABLED]
    heard = signal.collect("x")
    manager.enable_all(["first", "second", "third"])

    assert enabled == (["first"] if stage == "bootstrap" else [])
    assert heard == enabled
    assert signal.collect("x") == ["first", "second", "bootstrapped", "third"]


def test_an_interruption_leaves_a_quarantined_plugin_quarantined(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    interrupt, bootstrapped = Interrupting(), Counting()
    manager = manage(
        subscribing("loud", dict, interrupt),
        subscribing("shy", lambda: {signal: [saying("shy")]}, bootstrapped),
    )
    manager.enable("shy")
    manager.quarantine("shy", "for a rest")

    with pytest.raises(KeyboardInterrupt):
        manager.enable_all(["loud", "shy"])
    state, heard = manager.state("shy"), signal.collect("x")
    manager.enable_all(["loud", "shy"])

    assert (state, heard) == (PluginState.QUARANTINED, [])
    assert (signal.collect("x"), bootstrapped.count) == (["shy"], 1)


class Counting:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_a_plugin_that_exits_while_it_is_enabled_has_failed(acme: Namespace, manage: MakeManager) -> None:
    manager = manage(subscribing("leaving", dict, lambda: sys.exit("no")))

    manager.enable_all(["leaving"])

    assert manager.state("leaving") is PluginState.FAILED


def test_a_server_can_stop_its_worker_while_a_plugin_is_enabled(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(
        subscribing("slow", lambda: {signal: [saying("slow")]}, lambda: signals.raise_signal(signals.SIGUSR1))
    )
    before = signals.signal(signals.SIGUSR1, lambda number, frame: sys.exit("stopped"))

    try:
        with pytest.raises(SystemExit, match="stopped"):
            manager.enable_all(["slow"])
    finally:
        signals.signal(signals.SIGUSR1, before)

    assert (manager.state("slow"), signal.collect("x")) == (PluginState.DISABLED, [])
