from collections.abc import Mapping
from typing import Any

import pytest

from portico.actions import (
    ActionRegistry,
    Context,
    DataDict,
    auth_allow_anonymous_access,
    chained_action,
    chained_auth_function,
    checks_access_itself,
    side_effect_free,
)
from portico.errors import ActionError, NotAuthorizedError, NotFoundError, PluginError, ValidationError
from portico.plugins import PluginScope

NORA: Context = {"user": "nora"}


def greet(context: Context, data_dict: DataDict) -> str:
    """Greet somebody."""
    return f"hello {data_dict.get('name', context.get('user'))}"


@auth_allow_anonymous_access
def anybody(context: Context, data_dict: DataDict) -> bool:
    return True


@pytest.fixture
def registry() -> ActionRegistry:
    return ActionRegistry()


def test_an_action_is_called_by_name_with_context_and_data(registry: ActionRegistry) -> None:
    registry.register({"greet": greet}, {"greet": anybody})

    greeting = registry.get_action("greet")

    assert greeting(NORA, {"name": "amara"}) == "hello amara"
    assert greeting(NORA) == "hello nora"
    assert greeting() == "hello None"
    assert (greeting.name, greeting.doc) == ("greet", "Greet somebody.")


def test_an_unknown_action_is_named_with_the_one_that_was_meant(registry: ActionRegistry) -> None:
    registry.register({"user_show": greet}, {})

    with pytest.raises(NotFoundError, match="there is no action 'user_shwo'; did you mean 'user_show'"):
        registry.get_action("user_shwo")
    with pytest.raises(NotFoundError, match=r"there is no action 'xyz'$"):
        registry.call("xyz")


def test_what_was_registered_is_undone_as_a_whole(registry: ActionRegistry) -> None:
    undo = registry.register({"greet": greet, "meet": greet}, {"greet": anybody})
    greeting = registry.get_action("greet")

    undo()
    undo()

    assert registry.names == []
    with pytest.raises(NotFoundError):
        greeting(NORA)
    with pytest.raises(NotAuthorizedError, match="it has no authorisation function"):
        registry.check_access("greet", NORA)


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        ("greet", "'str' object is not callable"),
        (lambda data_dict: data_dict, r"it cannot be called as \(context, data_dict\)"),
        (chained_action(lambda context, data_dict: None), r"it cannot be called as \(next, context, data_dict\)"),
    ],
    ids=["no function", "one parameter", "chained without next"],
)
def test_what_cannot_be_called_as_an_action_is_refused_and_nothing_is_registered(
    registry: ActionRegistry, function: Any, complaint: str
) -> None:
    with pytest.raises(ActionError, match=f"cannot take the action 'z' of the application: {complaint}"):
        registry.register({"a": greet, "z": function}, {})

    assert registry.names == []


def test_a_name_of_the_application_is_taken_once(registry: ActionRegistry) -> None:
    registry.register({"greet": greet}, {})

    with pytest.raises(ActionError, match="the application brings one of that name already"):
        registry.register({"meet": greet, "greet": greet}, {})

    assert registry.names == ["greet"]


# -- who may -----------------------------------------------------------------------------------------------------


def test_without_an_authorisation_function_nobody_may(registry: ActionRegistry) -> None:
    registry.register({"greet": greet}, {})

    with pytest.raises(NotAuthorizedError) as refusal:
        registry.call("greet", {"user": "admin"})

    assert str(refusal.value) == (
        "nobody may call 'greet': it has no authorisation function; bring one of the same name"
    )
    assert registry.call("greet", {"user": "nora", "ignore_auth": True}) == "hello nora"


@pytest.mark.parametrize("almost", [1, "yes", "True", object()])
def test_only_true_ignores_authorisation(registry: ActionRegistry, almost: object) -> None:
    registry.register({"greet": greet}, {})

    with pytest.raises(NotAuthorizedError):
        registry.call("greet", {"ignore_auth": almost})


@pytest.mark.parametrize("verdict", [True, {"success": True}, {"success": True, "msg": "fine"}])
def test_a_clear_yes_is_a_yes(registry: ActionRegistry, verdict: Any) -> None:
    registry.register({"greet": greet}, {"greet": lambda context, data_dict: verdict})

    assert registry.check_access("greet", NORA) is True
    assert registry.call("greet", NORA) == "hello nora"


@pytest.mark.parametrize("verdict", [False, None, "yes", 1, {}, {"success": False}, {"success": None}, {"msg": "yes"}])
def test_anything_else_is_a_no(registry: ActionRegistry, verdict: Any) -> None:
    ran: list[object] = []
    registry.register({"greet": lambda *a: ran.append(a)}, {"greet": lambda context, data_dict: verdict})

    with pytest.raises(NotAuthorizedError):
        registry.call("greet", NORA)

    assert ran == []


def test_the_authorisation_function_says_why(registry: ActionRegistry) -> None:
    registry.register({"greet": greet}, {"greet": lambda context, data_dict: {"success": False, "msg": "too late"}})

    with pytest.raises(NotAuthorizedError, match=r"^too late$"):
        registry.call("greet", NORA)


@pytest.mark.parametrize("context", [{}, {"user": ""}, {"user": None, "auth_user_obj": None}])
def test_who_is_not_signed_in_is_not_even_asked_about(registry: ActionRegistry, context: Context) -> None:
    asked: list[object] = []

    def ask(context: Context, data_dict: DataDict) -> bool:
        asked.append(context)
        return True

    registry.register({"greet": greet}, {"greet": ask})

    with pytest.raises(NotAuthorizedError, match="not authorised to call 'greet': sign in first"):
        registry.call("greet", context)

    assert asked == []


def test_an_action_that_checks_access_itself_is_left_to_it(registry: ActionRegistry) -> None:
    @checks_access_itself
    def meet(context: Context, data_dict: DataDict) -> str:
        registry.check_access("greet", context, data_dict)
        return "met"

    registry.register({"meet": meet}, {"greet": lambda context, data_dict: context["user"] == "nora"})

    assert registry.call("meet", {"user": "nora"}) == "met"
    with pytest.raises(NotAuthorizedError):
        registry.call("meet", {"user": "amara"})


def test_what_the_caller_leaves_out_is_filled_in_and_what_is_there_stays(registry: ActionRegistry) -> None:
    registry.register({"greet": greet}, {"greet": anybody})
    undo = registry.fill_context(lambda context: {"user": "filled", "session": None})
    context: Context = {"user": "nora"}

    assert registry.call("greet") == "hello filled"
    assert registry.call("greet", context) == "hello nora"
    assert context == {"user": "nora", "session": None}
    undo()
    assert registry.call("greet") == "hello None"


# -- what plugins bring ------------------------------------------------------------------------------------------


class Bringing:
    """What a plugin is to the registry; the interfaces are declared as the plugin metaclass does."""

    def __init__(self, actions: Any = (), auth: Any = ()) -> None:
        self._actions, self._auth = actions, auth

    def get_actions(self) -> Mapping[str, Any]:
        return self._actions  # type: ignore[no-any-return]

    def get_auth_functions(self) -> Mapping[str, Any]:
        return self._auth  # type: ignore[no-any-return]


@pytest.fixture
def bring(registry: ActionRegistry) -> Any:
    from portico.actions import IActions, IAuthFunctions

    class Both(Bringing, IActions, IAuthFunctions):
        pass

    def bring(owner: str, rank: int, actions: Any = None, auth: Any = None) -> Any:
        plugin = Both({} if actions is None else actions, {} if auth is None else auth)
        scope = PluginScope(owner, rank=rank)
        try:
            registry.take_actions(plugin, scope)
            registry.take_auth_functions(plugin, scope)
        except PluginError:
            scope.close()
            raise
        return scope.close

    return bring


def wrapping(word: str) -> Any:
    @chained_action
    def wrap(next_action: Any, context: Context, data_dict: DataDict) -> str:
        return f"{word}({next_action(context, data_dict)})"

    return wrap


def test_chained_actions_wrap_in_plugin_order_whatever_order_they_were_enabled_in(
    registry: ActionRegistry, bring: Any
) -> None:
    registry.register({"greet": greet}, {"greet": anybody})
    bring("second", 2, {"greet": wrapping("second")})
    undo_first = bring("first", 1, {"greet": wrapping("first")})

    assert registry.call("greet", NORA) == "first(second(hello nora))"
    undo_first()
    assert registry.call("greet", NORA) == "second(hello nora)"
    bring("first", 1, {"greet": wrapping("first")})
    assert registry.call("greet", NORA) == "first(second(hello nora))"


def test_an_action_of_a_plugin_replaces_the_application_s_until_it_goes(registry: ActionRegistry, bring: Any) -> None:
    registry.register({"greet": greet}, {"greet": anybody})
    bring("wrapper", 1, {"greet": wrapping("wrapped")})

    undo = bring("polite", 2, {"greet": lambda context, data_dict: "good morning"})

    assert registry.call("greet", NORA) == "wrapped(good morning)"
    undo()
    assert registry.call("greet", NORA) == "wrapped(hello nora)"


def test_two_plugins_cannot_bring_the_same_action(registry: ActionRegistry, bring: Any) -> None:
    bring("polite", 1, {"greet": greet})

    with pytest.raises(
        PluginError,
        match="cannot take the action 'greet' of rude: polite brings one of that name already; chain yours to it",
    ):
        bring("rude", 2, {"meet": greet, "greet": greet}, {"meet": anybody})

    assert registry.names == ["greet"]
    with pytest.raises(NotAuthorizedError, match="it has no authorisation function"):
        registry.check_access("meet", NORA)


def test_when_the_authorisation_functions_are_refused_the_actions_are_undone(registry: ActionRegistry) -> None:
    with pytest.raises(ActionError, match="the authorisation function 'greet' of the application: 'int' object is not"):
        registry.register({"greet": greet}, {"greet": 1})  # type: ignore[dict-item]

    assert registry.names == []


def test_a_wrapper_without_an_action_to_wrap_says_so_and_works_once_there_is_one(
    registry: ActionRegistry, bring: Any
) -> None:
    bring("wrapper", 1, {"greet": wrapping("wrapped")}, {"greet": anybody})

    with pytest.raises(NotFoundError, match="no action 'greet' to wrap for wrapper; enable the plugin that brings it"):
        registry.get_action("greet")

    bring("polite", 2, {"greet": greet})
    assert registry.call("greet", NORA) == "wrapped(hello nora)"


@pytest.mark.parametrize("actions", [[greet], {1: greet}, "greet"])
def test_a_plugin_that_brings_no_functions_by_name_is_refused(bring: Any, actions: Any) -> None:
    with pytest.raises(PluginError, match=r"get_actions\(\) returned '(list|dict|str)'; return a dict of names and"):
        bring("rude", 1, actions)


def test_authorisation_functions_are_wrapped_too_and_each_has_to_let_strangers_in(
    registry: ActionRegistry, bring: Any
) -> None:
    @chained_auth_function
    def not_on_sundays(next_auth: Any, context: Context, data_dict: DataDict) -> Any:
        return next_auth(context, data_dict) and data_dict["day"] != "sunday"

    registry.register({"greet": greet}, {"greet": anybody})
    bring("church", 1, auth={"greet": not_on_sundays})

    assert registry.check_access("greet", NORA, {"day": "monday"})
    with pytest.raises(NotAuthorizedError):
        registry.check_access("greet", NORA, {"day": "sunday"})
    with pytest.raises(NotAuthorizedError, match="sign in first"):
        registry.check_access("greet", {}, {"day": "monday"})


def test_wrapping_a_readable_action_leaves_it_readable_unless_the_wrapper_says_no(
    registry: ActionRegistry, bring: Any
) -> None:
    counting = wrapping("counted")
    counting.side_effect_free = False
    registry.register({"show": side_effect_free(lambda context, data_dict: "shown"), "greet": greet}, {})
    bring("careful", 1, {"show": wrapping("careful"), "greet": side_effect_free(wrapping("careful"))})

    assert registry.get_action("show").side_effect_free
    assert not registry.get_action("greet").side_effect_free
    undo = bring("counting", 2, {"show": counting})
    assert not registry.get_action("show").side_effect_free
    undo()
    assert registry.get_action("show").side_effect_free


def test_a_validation_error_names_every_field_and_takes_one_message_or_several() -> None:
    error = ValidationError({"name": "Missing value", "email": ["too long", "no @"]})

    assert error.error_dict == {"name": ["Missing value"], "email": ["too long", "no @"]}
    assert str(error) == "name: Missing value; email: too long, no @"
