from typing import Any

import pytest

from portico.actions import (
    MASK,
    ActionRegistry,
    Context,
    DataDict,
    action_depth,
    chained_action,
    sensitive,
)
from portico.builtin import action_succeeded, before_action
from portico.errors import NotAuthorizedError
from portico.plugins import PluginScope
from tests.actions.conftest import Told, context, register

# -- moments -----------------------------------------------------------------------------------------------------


def test_both_signals_surround_an_action_and_carry_what_it_was_given_and_gave(registry: ActionRegistry) -> None:
    steps: list[Any] = []

    def act(context: Context, data_dict: DataDict) -> str:
        steps.append("runs")
        return "result"

    register(registry, act=act)
    given = context()

    with (
        before_action.connected_to(lambda name, **payload: steps.append((name, payload)), sender="act"),
        action_succeeded.connected_to(lambda name, **payload: steps.append((name, payload)), sender="act"),
    ):
        registry.call("act", given, {"number": 1})

    assert steps == [
        ("act", {"context": given, "data_dict": {"number": 1}}),
        "runs",
        ("act", {"context": given, "data_dict": {"number": 1}, "result": "result"}),
    ]


def test_receivers_as_public_plugins_write_them_are_called(registry: ActionRegistry) -> None:
    heard: list[Any] = []

    def action_succeeded_receiver(action_name: str, context: Any, data_dict: Any, result: Any) -> None:
        heard.append((action_name, context["user"], data_dict, result))

    register(registry, act=lambda context, data_dict: "result")

    with action_succeeded.connected_to(action_succeeded_receiver):
        registry.call("act", context(), {"id": 1})

    assert heard == [("act", "nora", {"id": 1}, "result")]


def test_nothing_is_sent_for_an_action_that_was_not_authorised(registry: ActionRegistry, told: Told) -> None:
    register(registry, act=lambda context, data_dict: None)

    with pytest.raises(NotAuthorizedError):
        registry.call("act", {"user": "amara"})

    assert told == []


def test_an_action_that_fails_did_not_succeed(registry: ActionRegistry, told: Told) -> None:
    def fail(context: Context, data_dict: DataDict) -> None:
        raise LookupError("gone")

    register(registry, fail=fail)

    with pytest.raises(LookupError):
        registry.call("fail", context())

    assert told == [("before", "fail", 1)]
    assert action_depth() == 0


def test_a_failing_receiver_costs_the_action_nothing(registry: ActionRegistry, told: Told) -> None:
    def fail(name: str, **_: Any) -> None:
        raise LookupError(name)

    register(registry, act=lambda context, data_dict: "result")

    with before_action.connected_to(fail), action_succeeded.connected_to(fail):
        assert registry.call("act", context()) == "result"

    assert [signal for signal, _, _ in told] == ["before", "succeeded"]


def test_nested_actions_are_told_with_their_depth_and_wrappers_are_not(registry: ActionRegistry, told: Told) -> None:
    @chained_action
    def wrap(next_action: Any, context: Context, data_dict: DataDict) -> Any:
        return next_action(context, data_dict)

    def outer(context: Context, data_dict: DataDict) -> int:
        registry.call("inner", context)
        return action_depth()

    register(registry, outer=outer, inner=lambda context, data_dict: None)
    registry.register({"outer": wrap}, {})

    assert registry.call("outer", context()) == 1
    assert told == [
        ("before", "outer", 1),
        ("before", "inner", 2),
        ("succeeded", "inner", 2),
        ("succeeded", "outer", 1),
    ]
    assert action_depth() == 0


# -- what receivers get ------------------------------------------------------------------------------------------


def test_what_a_receiver_changes_changes_nothing_for_the_action(registry: ActionRegistry) -> None:
    seen: list[Any] = []

    def spoil(name: str, context: Any, data_dict: Any) -> None:
        context["ignore_auth"] = True
        data_dict["rows"].append("spoilt")

    register(registry, act=lambda context, data_dict: seen.append((dict(context), data_dict)))

    with before_action.connected_to(spoil):
        registry.call("act", context(), {"rows": [1]})

    assert seen == [({"user": "nora", "session": None}, {"rows": [1]})]


def test_sensitive_fields_are_masked_for_receivers_and_for_nobody_else(registry: ActionRegistry) -> None:
    heard: list[Any] = []

    @sensitive("password", "token")
    def act(context: Context, data_dict: DataDict) -> Any:
        return {"token": "s3cret", "got": data_dict["user"]["password"]}

    register(registry, act=act)

    with (
        before_action.connected_to(lambda name, **payload: heard.append(payload["data_dict"])),
        action_succeeded.connected_to(lambda name, **payload: heard.append((payload["data_dict"], payload["result"]))),
    ):
        result = registry.call("act", context(), {"user": {"password": "hunter2", "name": "nora"}})

    masked = {"user": {"password": MASK, "name": "nora"}}
    assert result == {"token": "s3cret", "got": "hunter2"}
    assert heard == [masked, (masked, {"token": MASK, "got": "hunter2"})]


def test_what_replaces_or_wraps_an_action_need_not_repeat_its_sensitive_fields(registry: ActionRegistry) -> None:
    from portico.actions import IActions

    class Replacing(IActions):
        def get_actions(self) -> Any:
            return {"act": lambda context, data_dict: None}

    heard: list[Any] = []
    register(registry, act=sensitive("password")(lambda context, data_dict: None))
    registry.take_actions(Replacing(), PluginScope("replacing", rank=1))

    with before_action.connected_to(lambda name, **payload: heard.append(payload["data_dict"])):
        registry.call("act", context(), {"password": "hunter2"})

    assert heard == [{"password": MASK}]
