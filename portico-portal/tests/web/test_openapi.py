import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pydantic
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from portico import Plugin, implements
from portico.actions import IActions, IAuthFunctions, returns, takes
from tests.running import PASSWORD, RunningPortal, StartPortal

REFUSALS = {"400", "401", "403", "404", "409"}
ACTIONS = (
    "api_token_create",
    "api_token_list",
    "api_token_revoke",
    "password_reset_perform",
    "password_reset_request",
    "sign_up_perform",
    "sign_up_request",
    "user_activate",
    "user_create",
    "user_deactivate",
    "user_list",
    "user_show",
    "user_update",
)

EXAMPLES = 40

Json = dict[str, Any]


def described(portal: RunningPortal) -> Json:
    answer = portal.app.test_client().get("/api/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    description: Json = answer.get_json()
    return description


def operations(description: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def resolve(description: Json, schema: Json) -> Json:
    """Follow a reference to where it leads."""
    while "$ref" in schema:
        found: Any = description
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


# -- what is described ---------------------------------------------------------------------------------------------


def test_every_action_is_described_and_nothing_else(portal: RunningPortal) -> None:
    description = described(portal)

    assert description["openapi"] == "3.1.0"
    assert description["info"]["title"] == "Portico"
    assert set(description["info"]) == {"title", "version", "description"}
    assert set(description) == {"openapi", "info", "servers", "paths", "components"}
    assert list(description["paths"]) == [f"/api/action/{name}" for name in ACTIONS]


def test_every_operation_is_whole(portal: RunningPortal) -> None:
    description = described(portal)
    kept = {"summary", "description", "security", "responses", "operationId"}

    ids = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations(description):
        assert set(operation) == kept | ({"requestBody"} if method == "post" else {"parameters"}), path
        assert operation["summary"].endswith(".")
        assert "Raises" not in operation["description"]
        assert operation["responses"].keys() >= {"200", *REFUSALS}
        for scheme in operation["security"]:
            assert scheme.keys() <= description["components"]["securitySchemes"].keys()
        for response in operation["responses"].values():
            whole = resolve(description, response)
            assert whole["description"]
            assert "schema" in whole["content"]["application/json"]
        for parameter in operation.get("parameters", ()):
            assert set(parameter) == {"name", "in", "required", "schema"}
            assert parameter["in"] == "query"


def test_every_reference_leads_somewhere_and_everything_is_referred_to(portal: RunningPortal) -> None:
    description = described(portal)

    found = set(references(description))

    assert all(resolve(description, {"$ref": each}) for each in found)
    kinds = description["components"]
    assert found == {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in kinds[kind]}


def test_patterns_are_regular_expressions_and_bounds_are_numbers(portal: RunningPortal) -> None:
    for name, schema in described(portal)["components"]["schemas"].items():
        for field in schema["properties"].values():
            re.compile(field.get("pattern", ""))
            assert field.get("minLength", 0) <= field.get("maxLength", 10_000), name
            assert field.get("minimum", 0) <= field.get("maximum", 2**63), name


def test_what_changes_nothing_is_described_for_get_too(portal: RunningPortal) -> None:
    paths = described(portal)["paths"]

    assert {path.rpartition("/")[2] for path, methods in paths.items() if "get" in methods} == {
        "api_token_list",
        "user_list",
        "user_show",
    }
    parameters = {each["name"]: each for each in paths["/api/action/user_list"]["get"]["parameters"]}
    assert parameters["limit"]["schema"]["maximum"] == 1000
    assert not parameters["q"]["required"]


def test_it_says_who_has_to_be_somebody_and_how(portal: RunningPortal) -> None:
    description = described(portal)

    anonymous = {path.rpartition("/")[2] for path, _, each in operations(description) if {} in each["security"]}
    assert anonymous == {"password_reset_perform", "password_reset_request", "sign_up_perform", "sign_up_request"}
    schemes = description["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert schemes["session"]["name"] == portal.app.config["SESSION_COOKIE_NAME"]


def test_the_description_tells_passwords_apart(portal: RunningPortal) -> None:
    schemas = described(portal)["components"]["schemas"]

    assert schemas["SignUpPerform"]["properties"]["password"]["writeOnly"]
    assert "password" not in json.dumps(schemas["Account"])


def test_a_site_below_a_path_says_so(portal: RunningPortal) -> None:
    answer = portal.app.test_client().get("/api/openapi.json", environ_overrides={"SCRIPT_NAME": "/portal"})

    assert answer.get_json()["servers"] == [{"url": "/portal/"}]


class Note(pydantic.BaseModel):
    words: str


class Plain:
    """A model that pydantic knows nothing of."""

    @classmethod
    def model_validate(cls, data: Any) -> "Plain":
        return cls()


class Notes(Plugin):
    """Brings actions with and without models."""

    implements(IActions, IAuthFunctions)

    def get_actions(self) -> Any:
        return {
            "note_add": takes(Note)(returns(Note)(lambda context, note: note)),
            "note_plain": takes(Plain)(lambda context, plain: None),
            "note_bare": lambda context, data_dict: data_dict,
        }

    def get_auth_functions(self) -> Any:
        return dict.fromkeys(self.get_actions(), lambda context, data_dict: True)


def test_what_plugins_bring_is_described_for_as_long_as_they_do(portal: RunningPortal) -> None:
    undo = portal.take_from(Notes(), "notes")

    description = described(portal)
    undo()

    def body(name: str) -> Json:
        operation = description["paths"][f"/api/action/{name}"]["post"]
        return resolve(description, operation["requestBody"]["content"]["application/json"]["schema"])

    assert body("note_add")["required"] == ["words"]
    assert body("note_plain") == body("note_bare") == {"type": "object"}
    assert "/api/action/note_add" not in described(portal)["paths"]


# -- whether it is true --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def valid(schema: Json, description: Json) -> st.SearchStrategy[Any]:
    """Values that a schema allows."""
    schema = resolve(description, schema)
    if "anyOf" in schema:
        return st.one_of([valid(each, description) for each in schema["anyOf"]])
    values: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "object": lambda: an_object(schema, description),
        "string": lambda: a_text(schema),
        "integer": lambda: st.integers(schema["minimum"], schema["maximum"]) | st.integers(0, 5),
        "boolean": st.booleans,
        "null": st.none,
    }
    return values[schema["type"]]()


def an_object(schema: Json, description: Json) -> st.SearchStrategy[Json]:
    fields = {name: valid(each, description) for name, each in schema["properties"].items()}
    needed = {name: each for name, each in fields.items() if name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional={n: e for n, e in fields.items() if n not in needed})


def a_text(schema: Json) -> st.SearchStrategy[str]:
    if schema.get("format") == "email":
        return st.from_regex(r"[a-z]{1,20}@[a-z]{1,20}\.(org|example)", fullmatch=True)
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"], re.ASCII))
    return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 40))


@st.composite
def broken(draw: st.DrawFn, schema: Json, description: Json) -> Any:
    """An object that is allowed but for one field: left out, anything else, or not known."""
    body: Json = dict(draw(valid(schema, description)))
    names = [*resolve(description, schema)["properties"], draw(st.text(max_size=5))]
    name = draw(st.sampled_from(names))
    if draw(st.booleans()):
        body.pop(name, None)
    else:
        body[name] = draw(JSON)
    return body


def check(description: Json, operation: Json, answer: TestResponse) -> None:
    """What came is one of the answers that the description promises, and none of them is a failure of ours."""
    body = answer.get_json()
    assert answer.status_code < 500, answer.text
    assert str(answer.status_code) in operation["responses"], answer.text
    assert body["success"] is (answer.status_code == 200)
    if answer.status_code != 200:
        assert set(body["error"]) <= {"type", "message", "fields"}
        assert body["error"]["message"]
    if body.get("error", {}).get("type") == "validation":
        assert all(messages for messages in body["error"]["fields"].values())


@pytest.mark.parametrize("database", ["database_url", "postgresql_url"])
@pytest.mark.parametrize("name", ACTIONS)
def test_no_body_makes_an_action_fail(
    name: str, database: str, start_portal: StartPortal, request: pytest.FixtureRequest
) -> None:
    portal = start_portal(database_url=request.getfixturevalue(database))
    portal.add_user("admin", is_admin=True)
    portal.add_user("nora")
    description = described(portal)
    operation = description["paths"][f"/api/action/{name}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(st.one_of(valid(schema, description), broken(schema, description), JSON))
    def ask(body: Any) -> None:
        # A token of its own each time: the action may revoke any.
        token = portal.act("api_token_create", by="admin", label="x")["token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = portal.app.test_client().post(f"/api/action/{name}", json=body, headers=headers)
        statuses.add(answer.status_code)
        check(description, operation, answer)

    ask()
    assert 400 in statuses
    if name in {"api_token_create", "api_token_list", "user_create", "user_list"}:
        assert 200 in statuses


@pytest.mark.parametrize("name", ["api_token_list", "user_list", "user_show"])
def test_no_address_makes_an_action_fail(name: str, portal: RunningPortal) -> None:
    portal.add_user("admin", is_admin=True)
    token = portal.act("api_token_create", by="admin", label="x")["token"]
    description = described(portal)
    operation = description["paths"][f"/api/action/{name}"]["get"]
    fields = st.dictionaries(
        st.sampled_from([each["name"] for each in operation["parameters"]] or ["x"]) | st.text(max_size=5),
        st.text() | st.integers().map(str),
        max_size=3,
    )

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(fields)
    def ask(fields: dict[str, str]) -> None:
        answer = portal.app.test_client().get(
            f"/api/action/{name}", query_string=fields, headers={"Authorization": f"Bearer {token}"}
        )
        check(description, operation, answer)

    ask()


def test_a_good_body_is_taken_by_each_action_that_describes_it(portal: RunningPortal) -> None:
    """What the description calls valid is not refused as a field, the words for passwords and addresses excepted."""
    portal.add_user("admin", is_admin=True)
    token = portal.act("api_token_create", by="admin", label="x")["token"]
    bodies: dict[str, Json] = {
        "user_create": {"name": "nora", "email": "nora@example.org", "password": PASSWORD, "is_admin": None},
        "user_update": {"id": "nora", "full_name": "Nora"},
        "user_list": {"q": "nor", "limit": 1, "offset": 0},
        "user_show": {"id": 1},
        "api_token_list": {},
    }

    for name, body in bodies.items():
        answer = portal.app.test_client().post(
            f"/api/action/{name}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text
