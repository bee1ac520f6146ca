import gc
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from portico.errors import PluginError, UnknownPluginError
from portico.plugins import (
    Candidate,
    PluginManager,
    PluginState,
    SingletonPlugin,
    Stage,
)
from portico.signals import Namespace, observe_failures
from tests.plugins.conftest import MakeManager, saying, subscribing


def test_an_enabled_plugin_receives_and_a_disabled_one_does_not(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", lambda: {signal: [lambda sender: "one"]}))

    assert signal.send() == []
    manager.enable("one")
    assert [value for _, value in signal.send()] == ["one"]
    manager.disable("one")
    assert signal.send() == []


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
