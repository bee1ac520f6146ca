"""Describes the API to programs in OpenAPI 3.1, from the models that the actions carry."""

import re
from importlib.metadata import version
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

from portico.actions import Action, ActionRegistry

Description = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{model}"
ANYTHING: Final[Description] = {}
ANY_FIELDS: Final[Description] = {"type": "object"}

ABOUT: Final = """Everything that can be done in the portal, by name.

An action takes a JSON object by POST; one that changes nothing takes its fields in the address, too, by GET.
Make a token on *My account*, *API tokens*, and send it as `Authorization: Bearer portico_...`."""

REFUSALS: Final = {
    "400": "Fields cannot be taken as they are (`validation`), or what was sent is no JSON object.",
    "401": "The token does not work, or nobody is signed in and somebody has to be.",
    "403": "You may not do this.",
    "404": "There is no such action, or what it is about is not there.",
    "409": "It clashes with what is stored, or a plugin objects.",
    "410": "The mailed link has expired, or was used.",
    "413": "What was sent is too large.",
    "415": "What was sent is no JSON.",
    "429": "Too many attempts: come back after `Retry-After` seconds.",
    "503": "The portal cannot do this right now; come back after `Retry-After` seconds.",
}
ERROR: Final[Description] = {
    "title": "Error",
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {
                "type": {"type": "string", "description": "What went wrong, in a word for programs."},
                "message": {"type": "string", "description": "What went wrong, in a sentence for people."},
                "fields": {
                    "type": "object",
                    "description": "The messages about each field that is refused.",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


_Schemas = dict[tuple[str, str], Description]


class Schemas:
    """The schemas of models, made anew when there are other models than the last time: that takes most of the time."""

    def __init__(self) -> None:
        self._last: tuple[list[tuple[str, str, Any]], _Schemas, Description] = ([], {}, {})

    def of(self, actions: list[Action]) -> tuple[_Schemas, Description]:
        """What each action takes (`validation`) and returns (`serialization`), and by name what these refer to."""
        models = [
            (action.name, mode, model)
            for action in actions
            for mode, model in (("validation", action.takes), ("serialization", action.returns))
            if model is not None
        ]
        last = self._last
        if last[0] != models:
            # Replaced whole: another thread sees the one or the other.
            last = self._last = (models, *_schemas_of(models))
        return last[1:]


def _schemas_of(models: list[tuple[str, str, Any]]) -> tuple[_Schemas, Description]:
    asked: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for name, mode, model in models:
        adapter = _adapter(model, mode)
        if adapter is not None:
            asked.append((name, mode, adapter))
    schemas, rest = TypeAdapter.json_schemas(asked, ref_template=REFERENCE)
    return {(name, str(mode)): schema for (name, mode), schema in schemas.items()}, rest.get("$defs", {})


def _adapter(model: Any, mode: Any) -> TypeAdapter[Any] | None:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        adapter.json_schema(mode=mode)
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema, PydanticUserError):
        return None  # A plugin's model, made with something else.
    return adapter


def describe_api(registry: ActionRegistry, models: Schemas, *, title: str, root: str, cookie: str) -> Description:
    """The description of every action that there is now, those of plugins too.

    Args:
        registry: holds the actions.
        models: makes the schemas of their models.
        title: what the site is called.
        root: the address below which the API is, `/` as a rule.
        cookie: the name of the cookie of a session.
    """
    actions = [registry.get_action(name) for name in registry.names]
    schemas, named = models.of(actions)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version("portico-portal"), "description": ABOUT},
        "servers": [{"url": root}],
        "paths": {f"/api/action/{action.name}": _path(action, schemas, named) for action in actions},
        "components": {
            "schemas": named | {"Error": ERROR},
            "responses": {status: _refusal(text) for status, text in REFUSALS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": cookie,
                    "description": "A person who is signed in; POST also needs its CSRF token, in `X-CSRFToken`.",
                },
            },
        },
    }


def _path(action: Action, schemas: _Schemas, named: Description) -> Description:
    takes = schemas.get((action.name, "validation"), ANY_FIELDS)
    post = _operation(action, schemas) | {
        "operationId": action.name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": takes}}},
    }
    if not action.side_effect_free:
        return {"post": post}
    get = _operation(action, schemas) | {
        "operationId": f"{action.name}_by_get",
        "parameters": _parameters(takes, named),
    }
    return {"get": get, "post": post}


def _operation(action: Action, schemas: _Schemas) -> Description:
    # What it raises is told below, by status.
    told = action.doc.partition("\n\nRaises:")[0].strip()
    summary, _, more = told.partition("\n\n")
    answer = {
        "type": "object",
        "required": ["success", "result"],
        "properties": {
            "success": {"const": True},
            "result": schemas.get((action.name, "serialization"), ANYTHING),
        },
    }
    security: list[Description] = [{"token": []}, {"session": []}]
    return {
        "summary": re.sub(r"\s+", " ", summary) or action.name,
        "description": more,
        "security": [*security, {}] if action.allows_anonymous else security,
        "responses": {
            "200": {"description": "It is done.", "content": {"application/json": {"schema": answer}}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
        },
    }


def _parameters(takes: Description, named: Description) -> list[Description]:
    model = named.get(takes.get("$ref", "").rpartition("/")[2], takes)
    required = model.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
    ]


def _refusal(text: str) -> Description:
    return {"description": text, "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}}
