"""Lets an action say what it takes and what it returns, as classes that read plain data and write it.

Any class will do that has pydantic's two methods: `model_validate(data)` to read, `model_dump(mode="json")` to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeAlias, get_type_hints

from portico.actions.marks import sensitive
from portico.errors import ActionError, ValidationError
from portico.signals import sensitive_attributes

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
"""What is decorated is called with other types than it is written with."""

WHOLE: Final = "data"
"""Under what name an error stands that is about the data as a whole."""


def takes(model: Any) -> Decorator:
    """Let an action take a model in place of `data_dict`, read from it when the action runs, after what wraps it.

    Fields that the model annotates as `Sensitive` are masked in signals.

    Args:
        model: a class with a `model_validate(data)` that returns an instance, or raises a `ValidationError`: Portico's,
            or one like pydantic's, whose `errors()` are a `loc` and a `msg` each.

    Raises:
        ActionError: the model cannot read.
    """
    if not callable(getattr(model, "model_validate", None)):
        msg = f"an action cannot take {model!r}, which has no model_validate(data); use a pydantic model, or write it"
        raise ActionError(msg)

    def mark(action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def reading(*arguments: Any) -> Any:
            *others, data_dict = arguments
            return action(*others, _read(model, data_dict))

        reading.takes_model = model  # type: ignore[attr-defined]
        return sensitive(*_sensitive_in(model))(reading)

    return mark


def returns(model: Any) -> Decorator:
    """Say what an action returns; instances of models, alone or in lists and dicts, are returned as plain data.

    Fields that the model annotates as `Sensitive` are masked in signals.

    Args:
        model: a model, or a type made of some: `list[Note]`; None for an action that returns nothing.
    """

    def mark(action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def writing(*arguments: Any) -> Any:
            return _plain(action(*arguments))

        writing.returns_model = type(None) if model is None else model  # type: ignore[attr-defined]
        return sensitive(*_sensitive_in(model))(writing)

    return mark


def model_of(function: object, mark: str) -> Any:
    """Return what a function says it takes or returns; None if it does not say."""
    return getattr(function, mark, None)


def _sensitive_in(model: Any, seen: frozenset[Any] = frozenset()) -> frozenset[str]:
    """Return the sensitive fields of a model and of the models in it, or of those that a type is made of."""
    found: frozenset[str] = frozenset()
    parts = getattr(model, "__args__", ())
    if isinstance(model, type) and _is_model(model) and model not in seen:
        found, seen = sensitive_attributes(model), seen | {model}
        parts = (*parts, *_hints_of(model))
    return found.union(*(_sensitive_in(each, seen) for each in parts if isinstance(parts, tuple)))


def _is_model(kind: type) -> bool:
    return hasattr(kind, "model_validate") or hasattr(kind, "model_dump")


def _hints_of(model: type) -> list[Any]:
    try:
        return list(get_type_hints(model).values())
    except Exception:  # noqa: BLE001 - an annotation may name or do anything
        return []


def _read(model: Any, data_dict: Any) -> Any:
    if isinstance(model, type) and isinstance(data_dict, model):  # A wrapper that takes it too has read it.
        return data_dict
    try:
        return model.model_validate(data_dict)
    except ValueError as error:
        listed = getattr(error, "errors", None)
        if not callable(listed):
            raise
        # Not its cause: pydantic quotes what was refused, which may be a password.
        raise ValidationError(_by_field(listed())) from None


def _by_field(errors: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for error in errors:
        where = error.get("loc") or (WHOLE,)
        messages = told.setdefault(str(where[0]), [])
        if error["msg"] not in messages:
            messages.append(str(error["msg"]))
    return told


def _plain(result: Any) -> Any:
    if callable(getattr(result, "model_dump", None)):
        return result.model_dump(mode="json")
    if isinstance(result, list | tuple):
        return [_plain(each) for each in result]
    if isinstance(result, dict):
        return {key: _plain(value) for key, value in result.items()}
    return result
