"""One place that says who may call which action: an application's roles, say."""

from collections.abc import Mapping
from typing import Any

import pytest

from portico.actions import (
    ActionRegistry,
    Context,
    DataDict,
    IAuthFunctions,
    auth_allow_anonymous_access,
    chained_auth_function,
)
from portico.errors import ActionError, NotAuthorizedError
from portico.plugins import PluginScope

ROLES = {"nora": {"edit"}, "paul": set[str]()}


def by_role(name: str, context: Context, data_dict: DataDict) -> bool | Mapping[str, Any] | None:
    """Whoever has the permission of the action's name may; about reading it has nothing to say."""
    if name == "read":
        return None
    if name in ROLES.get(context.get("user", ""), ()):
        return True
    return {"success": False, "msg": f"no role of yours may {name}"}


@pytest.fixture
def registry() -> ActionRegistry:
    registry = ActionRegistry()

    @auth_allow_anonymous_access
    def anybody(context: Context, data_dict: DataDict) -> bool:
        return True

    def nobody(context: Context, data_dict: DataDict) -> bool:
        return False

    def act(context: Context, data_dict: DataDict) -> str:
        return "done"

    registry.register({"edit": act, "read": act, "erase": act}, {"edit": nobody, "read": anybody})
    return registry


def test_it_decides_in_place_of_the_authorisation_function(registry: ActionRegistry) -> None:
    undo = registry.decide_by(by_role)

    assert registry.call("edit", {"user": "nora"}) == "done"
    assert registry.call("read", {}) == "done"  # It left that to the authorisation function.
    for user in ("paul", ""):
        with pytest.raises(NotAuthorizedError, match="no role of yours may edit"):
            registry.call("edit", {"user": user})
    undo()
    with pytest.raises(NotAuthorizedError, match="not authorised to call 'edit'"):
        registry.call("edit", {"user": "nora"})


def test_an_action_without_an_authorisation_function_is_decided_too(registry: ActionRegistry) -> None:
    with registry.decide_by(lambda name, context, data_dict: True):
        assert registry.call("erase", {}) == "done"
    with pytest.raises(NotAuthorizedError, match="nobody may call 'erase'"):
        registry.call("erase", {})


def test_what_a_plugin_wraps_around_it_may_still_refuse(registry: ActionRegistry) -> None:
    scope = PluginScope("careful", rank=1)

    @chained_auth_function
    def not_on_sundays(next_auth: Any, context: Any, data_dict: Any) -> Any:
        return next_auth(context, data_dict) and data_dict["day"] != "sunday"

    class Careful(IAuthFunctions):
        def get_auth_functions(self) -> Any:
            return {"edit": not_on_sundays}

    registry.take_auth_functions(Careful(), scope)
    registry.decide_by(by_role)

    assert registry.check_access("edit", {"user": "nora"}, {"day": "monday"})
    with pytest.raises(NotAuthorizedError):
        registry.check_access("edit", {"user": "nora"}, {"day": "sunday"})
    scope.close()
    assert registry.check_access("edit", {"user": "nora"}, {"day": "sunday"})


@pytest.mark.parametrize("answer", ["yes", 1, [], {}, object()])
def test_anything_else_than_a_clear_yes_is_a_no(registry: ActionRegistry, answer: Any) -> None:
    registry.decide_by(lambda name, context, data_dict: answer)

    with pytest.raises(NotAuthorizedError):
        registry.call("edit", {"user": "nora"})


def test_there_is_one_place_for_it(registry: ActionRegistry) -> None:
    undo = registry.decide_by(by_role)

    with pytest.raises(ActionError, match="cannot let a second function decide who may call actions: undo the first"):
        registry.decide_by(by_role)
    undo()
    registry.decide_by(by_role)


def test_who_ignores_authorisation_is_not_asked(registry: ActionRegistry) -> None:
    registry.decide_by(by_role)

    assert registry.call("edit", {"ignore_auth": True}) == "done"
