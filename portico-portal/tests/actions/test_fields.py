"""The words that refuse a value are the same for every action, and for pages and programs."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from portico import Portico
from portico.actions import Action
from portico.errors import ValidationError
from portico_portal.actions import register_actions
from portico_portal.actions.fields import Shown, Taken
from portico_portal.actions.tokens import NewToken, TokenCreate, TokenKey
from portico_portal.actions.users import UserCreate, UserKey, UserList, UserUpdate
from tests.running import PASSWORD, RunningPortal
from tests.visitor import text_of

NORA: dict[str, Any] = {"name": "nora", "email": "nora@example.org"}


def every_action() -> list[Action]:
    registry = Portico().actions
    register_actions(registry)
    return [registry.get_action(name) for name in registry.names]


def words(model: type[Taken], data: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(data)
    return refused.value.error_dict


@pytest.mark.parametrize("action", every_action(), ids=lambda action: action.name)
def test_every_action_has_a_model_of_what_it_takes_and_one_of_what_it_returns(action: Action) -> None:
    assert issubclass(action.takes, Taken)
    assert action.takes.__doc__
    assert action.returns is not None
    schema = json.dumps(TypeAdapter(action.returns).json_schema(mode="serialization"))
    assert '"password' not in schema


@pytest.mark.parametrize("action", every_action(), ids=lambda action: action.name)
def test_every_action_refuses_a_field_that_it_does_not_know_also_if_it_is_empty(action: Action) -> None:
    for value in (1, None):
        assert words(action.takes, {"nmae": value})["nmae"] == ["There is no such field"]


@pytest.mark.parametrize(
    ("model", "data", "refused"),
    [
        (UserCreate, {}, {"name": "Missing value", "email": "Missing value"}),
        (UserCreate, {"name": "", "email": None}, {"name": "Missing value", "email": "Missing value"}),
        (UserCreate, NORA | {"name": "  "}, {"name": "Missing value"}),
        (UserCreate, NORA | {"name": b"nora"}, {"name": "Use a text"}),
        (UserCreate, NORA | {"name": "no\0ra"}, {"name": "Use a text"}),
        (UserCreate, NORA | {"name": "nora\ud800"}, {"name": "Use a text"}),
        (UserCreate, NORA | {"password": 1234567890}, {"password": "Use a text"}),
        (UserCreate, NORA | {"password": "x" * 201}, {"password": "Use at most 200 characters"}),
        (UserCreate, NORA | {"is_admin": 1}, {"is_admin": "Use true or false"}),
        (UserCreate, NORA | {"is_admin": "true"}, {"is_admin": "Use true or false"}),
        (UserCreate, NORA | {"email": "nora"}, {"email": "Write an e-mail address such as ada@example.org"}),
        (UserUpdate, {"id": 1, "full_name": "x" * 101}, {"full_name": "Use at most 100 characters"}),
        (UserUpdate, {"id": 1, "full_name": "a\nb"}, {"full_name": "Use printable characters on one line"}),
        (UserKey, {"id": 2**31}, {"id": "Use a name, or a whole number from 0 to 2147483647"}),
        (UserKey, {"id": True}, {"id": "Use a name, or a whole number from 0 to 2147483647"}),
        (UserKey, {"id": 1.0}, {"id": "Use a name, or a whole number from 0 to 2147483647"}),
        (UserKey, {"id": " "}, {"id": "Missing value"}),
        (TokenKey, {"id": 2**31}, {"id": "Use a whole number from 0 to 2147483647"}),
        (TokenKey, {"id": "9" * 5000}, {"id": "Use a whole number from 0 to 2147483647"}),
        (TokenCreate, {"label": "x" * 101}, {"label": "Use at most 100 printable characters"}),
        (UserList, {"limit": 1001}, {"limit": "Use a whole number from 0 to 1000"}),
        (UserList, {"offset": -1}, {"offset": "Use a whole number from 0 to 2147483647"}),
        (UserList, [1], {"data": "Use fields and their values"}),
    ],
)
def test_each_value_that_cannot_be_taken_is_refused_in_one_sentence(
    model: type[Taken], data: Any, refused: dict[str, str]
) -> None:
    assert words(model, data) == {field: [message] for field, message in refused.items()}


def test_what_is_left_out_or_null_has_its_default() -> None:
    assert UserList.model_validate({"q": None, "limit": None}) == UserList.model_validate({})
    assert UserCreate.model_validate(NORA | {"password": None}).password is None


def test_what_was_refused_stands_in_no_message() -> None:
    with pytest.raises(ValidationError) as refused:
        UserCreate.model_validate(NORA | {"password": ["hunter2"]})

    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_moment_is_told_in_iso_8601_with_its_time_zone(portal: RunningPortal) -> None:
    portal.add_user("nora")

    made = portal.act("api_token_create", by="nora", label="x")

    assert made["created_at"].endswith("+00:00")
    assert made["last_used_at"] is None
    assert issubclass(NewToken, Shown)


def test_a_page_shows_at_its_fields_what_a_program_is_told(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    typed = {"name": "no such name!", "email": "nowhere", "full_name": "x" * 101, "password": "short"}

    page = admin.submit("/users/new", **typed)

    for field, (message,) in words(UserCreate, typed).items():
        assert f'id="{field}-error-1"' in page.text
        assert f'id="{field}-error-2"' not in page.text
        assert message in text_of(page)


def test_an_empty_field_is_told_on_the_page_by_the_action(portal: RunningPortal) -> None:
    page = portal.visitor().submit("/forgot-password", name="")

    assert 'id="name-error-1"' in page.text
    assert "Missing value" in text_of(page)
    assert portal.visitor().submit("/forgot-password", name="n" * 255).status_code == 200
    assert PASSWORD not in page.text
