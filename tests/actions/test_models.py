from typing import Any

import pydantic
import pytest

import portico.toolkit as tk
from portico.actions import MASK, ActionRegistry, IActions, chained_action, returns, sensitive, side_effect_free, takes
from portico.builtin import action_succeeded, before_action
from portico.errors import ActionError, ValidationError
from portico.plugins import PluginScope
from portico.signals import Sensitive
from tests.actions.conftest import context, register


class Note(pydantic.BaseModel):
    words: str
    code: Sensitive[str] = "none"
    copies: int = pydantic.Field(default=1, ge=1, le=9)


class Stored(pydantic.BaseModel):
    id: int
    words: str
    key: Sensitive[str] = "s3cret"


@takes(Note)
@returns(Stored)
def add(context: Any, note: Note) -> Stored:
    """Add a note."""
    return Stored(id=note.copies, words=note.words)


def test_an_action_gets_its_model_and_its_caller_plain_data(registry: ActionRegistry) -> None:
    register(registry, add=add)

    result = registry.call("add", context(), {"words": "buy bread", "copies": 2})

    assert result == {"id": 2, "words": "buy bread", "key": "s3cret"}
    assert add({}, {"words": "called as a function"})["id"] == 1


def test_it_says_what_it_takes_and_returns(registry: ActionRegistry) -> None:
    register(registry, add=add, silent=lambda context, data_dict: None, drop=returns(None)(lambda context, data: None))

    action, silent, drop = map(registry.get_action, ("add", "silent", "drop"))

    assert (action.takes, action.returns, action.doc) == (Note, Stored, "Add a note.")
    assert (silent.takes, silent.returns) == (None, None)
    assert drop.returns is type(None)


def test_every_field_that_cannot_be_taken_is_named_and_its_value_is_not(registry: ActionRegistry) -> None:
    register(registry, add=add)

    with pytest.raises(ValidationError) as refused:
        registry.call("add", context(), {"code": ["hunter2"], "copies": 10})

    assert refused.value.error_dict == {
        "words": ["Field required"],
        "code": ["Input should be a valid string"],
        "copies": ["Input should be less than or equal to 9"],
    }
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_data_that_is_refused_as_a_whole_is_told_of_under_one_name(registry: ActionRegistry) -> None:
    register(registry, add=add)

    with pytest.raises(ValidationError) as refused:
        add({}, [1])

    assert list(refused.value.error_dict) == ["data"]


def test_sensitive_fields_of_models_are_masked_for_receivers(registry: ActionRegistry) -> None:
    heard: list[Any] = []
    register(
        registry, add=add, more=takes(Note)(returns(list[Stored])(lambda context, note: [Stored(id=1, words="x")]))
    )

    with (
        before_action.connected_to(lambda name, **payload: heard.append(payload["data_dict"])),
        action_succeeded.connected_to(lambda name, **payload: heard.append(payload["result"])),
    ):
        registry.call("add", context(), {"words": "x", "code": "hunter2"})
        registry.call("more", context(), {"words": "x", "code": "hunter2"})

    data = {"words": "x", "code": MASK}
    stored = {"id": 1, "words": "x", "key": MASK}
    assert heard == [data, stored, data, [stored]]


class Drawer(pydantic.BaseModel):
    notes: list[Note] | None = None
    within: "Drawer | None" = None


class Desk(pydantic.BaseModel):
    drawers: dict[str, Drawer] = {}


@pytest.mark.parametrize("model", [Drawer, Desk, list[Desk], Desk | None, dict[str, list[Drawer]]])
def test_sensitive_fields_of_models_in_models_are_masked_too(registry: ActionRegistry, model: Any) -> None:
    register(registry, look=returns(model)(lambda context, data_dict: None))

    assert registry.chain("look").sensitive == {"code"}


def test_what_is_marked_below_a_model_stays_marked(registry: ActionRegistry) -> None:
    @takes(Note)
    @side_effect_free
    @sensitive("words")
    def look(context: Any, note: Note) -> None: ...

    register(registry, look=look)

    assert registry.get_action("look").side_effect_free
    assert registry.chain("look").sensitive == {"words", "code"}


def test_a_wrapper_sees_the_data_before_it_is_read_and_may_read_it_itself(registry: ActionRegistry) -> None:
    @chained_action
    def shouting(next_action: Any, context: Any, data_dict: Any) -> Any:
        return next_action(context, data_dict | {"words": data_dict["words"].upper()})

    @chained_action
    @takes(Note)
    def doubling(next_action: Any, context: Any, note: Note) -> Any:
        return next_action(context, note.model_copy(update={"copies": note.copies * 2}))

    class Bringing(IActions):
        def __init__(self, action: Any) -> None:
            self.action = action

        def get_actions(self) -> Any:
            return {"add": self.action}

    register(registry, add=add)
    for rank, action in enumerate((shouting, doubling), 1):
        registry.take_actions(Bringing(action), PluginScope(f"wrapping-{rank}", rank=rank))

    result = registry.call("add", context(), {"words": "sleep", "copies": 2})

    assert (result["words"], result["id"]) == ("SLEEP", 4)
    assert registry.get_action("add").takes is Note


class Words:
    """A model without any library."""

    def __init__(self, words: str) -> None:
        self.words = words

    @classmethod
    def model_validate(cls, data: Any) -> "Words":
        if "words" not in data:
            raise tk.ValidationError({"words": "Say something"})
        if data["words"] == "break":
            raise ValueError("a bug of the model")
        return cls(data["words"])


def test_any_class_that_reads_is_a_model() -> None:
    say = tk.takes(Words)(lambda context, data: data.words)

    assert say({}, {"words": "hello"}) == "hello"
    with pytest.raises(tk.ValidationError, match="words: Say something"):
        say({}, {})
    with pytest.raises(ValueError, match="a bug of the model"):
        say({}, {"words": "break"})


def test_a_method_takes_a_model_too() -> None:
    class Notes:
        @takes(Note)
        @returns(dict[str, Stored])
        def add(self, context: Any, note: Note) -> Any:
            return {"first": Stored(id=1, words=note.words), "plain": (1, 2)}

    assert Notes().add({}, {"words": "x"}) == {
        "first": {"id": 1, "words": "x", "key": "s3cret"},
        "plain": [1, 2],
    }


@pytest.mark.parametrize("model", [dict, "Note", None])
def test_what_cannot_read_is_no_model(model: Any) -> None:
    with pytest.raises(ActionError, match=r"has no model_validate\(data\); use a pydantic model"):
        takes(model)


def test_an_action_says_whether_strangers_are_let_through_to_who_decides(registry: ActionRegistry) -> None:
    act = returns(None)(lambda context, data_dict: None)
    decide = {
        "open": tk.auth_allow_anonymous_access(lambda context, data_dict: True),
        "members": lambda context, data_dict: True,
    }
    registry.register({"open": act, "members": act, "nobody": act}, decide)

    assert [registry.get_action(name).allows_anonymous for name in ("open", "members", "nobody")] == [
        True,
        False,
        False,
    ]
