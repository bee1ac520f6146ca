"""Signals of other libraries as keys of a mapping: real ones, of blinker and Flask-Login."""

import functools
from typing import Any

import blinker
import flask
import flask_login
import pytest

from portico.errors import PluginError
from portico.plugins import PluginState
from tests.plugins.conftest import MakeManager, subscribing


def heard(signal: blinker.Signal, sender: object = None) -> list[Any]:
    return [value for _, value in signal.send(sender)]


def test_a_foreign_signal_is_heard_while_the_plugin_is_enabled(manage: MakeManager) -> None:
    signal = blinker.Namespace().signal("happened")
    manager = manage(subscribing("one", lambda: {signal: [lambda sender: "one"]}))

    for _ in range(2):
        status = manager.enable("one")
        assert [each.signal for each in status.subscriptions] == ["blinker:happened"]
        assert heard(signal) == ["one"]
        manager.disable("one")
        assert heard(signal) == []

    assert not signal.receivers


def test_flask_logins_own_signals_are_heard_for_one_application(manage: MakeManager) -> None:
    app, other = flask.Flask("one"), flask.Flask("two")
    seen = []
    mapping = {flask_login.user_logged_in: [{"receiver": lambda app, user: seen.append(user), "sender": app}]}
    manager = manage(subscribing("one", lambda: mapping))
    manager.enable("one")

    flask_login.user_logged_in.send(app, user="nora")
    flask_login.user_logged_in.send(other, user="else")
    manager.disable("one")
    flask_login.user_logged_in.send(app, user="late")

    assert seen == ["nora"]


def test_what_the_application_connected_itself_is_left_alone(manage: MakeManager) -> None:
    signal = blinker.Signal()

    def receiver(sender: object) -> str:
        return "mine"

    signal.connect(receiver)
    manager = manage(subscribing("one", lambda: {signal: [receiver]}))

    manager.enable("one")
    manager.disable("one")

    assert heard(signal) == ["mine"]


def test_plugins_that_share_a_receiver_keep_it_until_both_are_gone_and_it_runs_once(manage: MakeManager) -> None:
    signal = blinker.Signal()

    def shared(sender: object) -> str:
        return "shared"

    manager = manage(subscribing("one", lambda: {signal: [shared]}), subscribing("two", lambda: {signal: [shared]}))
    manager.enable_all(["one", "two"])

    assert heard(signal) == ["shared"]
    manager.disable("one")
    assert heard(signal) == ["shared"]
    manager.disable("two")
    assert heard(signal) == []


def test_a_plugin_that_fails_leaves_nothing_at_a_foreign_signal(manage: MakeManager) -> None:
    signal = blinker.Signal()

    def fail() -> None:
        raise LookupError("no")

    manager = manage(subscribing("one", lambda: {signal: [lambda sender: 1]}, bootstrap=fail))
    with pytest.raises(PluginError):
        manager.enable("one")

    assert not signal.receivers


def test_a_failure_there_is_the_other_library_s_to_handle_and_is_noted_with_the_plugin(manage: MakeManager) -> None:
    signal = blinker.Signal()

    def broken(sender: object) -> None:
        raise LookupError("not there")

    manager = manage(subscribing("one", lambda: {signal: [broken]}))
    manager.enable("one")

    with pytest.raises(LookupError):
        signal.send()

    failure = manager.get("one").failure
    assert failure is not None
    assert failure.error == "LookupError: not there"


@pytest.mark.parametrize(("error", "noted"), [(SystemExit("no"), 1), (KeyboardInterrupt(), 0)])
def test_leaving_the_process_there_is_noted_too_and_an_interruption_is_not(
    manage: MakeManager, error: BaseException, noted: int
) -> None:
    signal = blinker.Signal()

    def leave(sender: object) -> None:
        raise error

    manager = manage(subscribing("one", lambda: {signal: [leave]}))
    manager.enable("one")

    with pytest.raises(type(error)):
        signal.send()

    assert manager.get("one").failures == noted


class Listener:
    """A plugin's object, with a method that is a new object each time it is written."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, sender: object, *, by: int) -> None:
        self.heard += by

    hear_one = functools.partialmethod(hear, by=1)


def test_plugins_that_share_a_receiver_made_anew_have_it_called_once(manage: MakeManager) -> None:
    signal, listener = blinker.Signal(), Listener()
    manager = manage(
        subscribing("one", lambda: {signal: [listener.hear_one]}),
        subscribing("two", lambda: {signal: [listener.hear_one]}),
    )
    manager.enable_all(["one", "two"])

    signal.send()
    manager.disable("one")
    signal.send()

    assert listener.heard == 2


def test_a_quarantine_suspends_it_there_too(manage: MakeManager) -> None:
    signal = blinker.Signal()

    def broken(sender: object) -> None:
        raise LookupError("not there")

    manager = manage(subscribing("one", lambda: {signal: [broken]}))
    manager.enable("one")
    manager.quarantine("one", "was quarantined by hand")
    assert heard(signal) == []

    manager.enable("one")
    with pytest.raises(LookupError):
        signal.send()
    manager.settle()

    assert manager.state("one") is PluginState.QUARANTINED
    assert heard(signal) == []


def test_an_order_cannot_be_asked_for_there(manage: MakeManager) -> None:
    manager = manage(subscribing("one", lambda: {blinker.Signal(): [{"receiver": print, "order": 1}]}))

    with pytest.raises(PluginError, match="the order 1; receivers of another library's signal have none"):
        manager.enable("one")
