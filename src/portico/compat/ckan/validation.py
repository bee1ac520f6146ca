"""Validates data against a schema of validators, in the order in which extensions of CKAN count on it."""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final, TypeVar

from portico.compat.ckan.errors import Invalid, StopOnError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Key = tuple[str | int, ...]
"""Where a value lies: `("title",)`, or `("resources", 0, "url")` in a list of dicts."""
Data = dict[str, Any]
Schema = dict[str, Any]
"""Validators by field; for a list of dicts the schema of one of them. Names in `__` are moments, not fields."""
Action = TypeVar("Action", bound="Callable[..., Any]")

_FIELD_AND_CONTEXT: Final = 2
_FLATTENED: Final = 4


class DataError(Exception):
    """The data has another shape than the schema."""

    def __init__(self, error: str) -> None:
        """Take what is wrong."""
        super().__init__(error)
        self.error = error


class Missing:
    """The type of `missing`: false, and no text or number can be made of it."""

    def __len__(self) -> int:
        return 0

    def _refuse(self) -> Any:
        msg = "Missing value"
        raise Invalid(msg)

    __str__ = __int__ = __float__ = __complex__ = _refuse

    def __repr__(self) -> str:
        return "missing"


missing: Final = Missing()
"""What a validator finds in place of a field that is in the schema and not in the data."""


def navl_validate(
    data: Data, schema: Schema, context: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Validate data, nested as it is, against a schema.

    Fields that the schema does not name are gathered under `__extras`, lists of dicts that it does not name under
    `__junk`. The validators of `__before` run first, then those of the fields by name, of `__extras`, `__after` and
    `__junk`.

    Returns:
        The converted data, and the messages by field. An item of a list in which nothing is wrong is `{}` among the
        messages, so that the others keep their place.

    Raises:
        DataError: where the schema wants a list of dicts there is something else.
    """
    run = _Run(dict(context or {}, schema_keys=list(schema)))
    run.spread(data, schema)
    run.validate()
    converted = _nested(run.data)
    converted.update((name, []) for name, value in data.items() if value == [] and name not in converted)
    return converted, _nested({key: messages for key, messages in run.errors.items() if messages}, keep_places=True)


class _Run:
    """One validation: the data and the messages by key, as validators of four parameters get them."""

    def __init__(self, context: dict[str, Any]) -> None:
        self.data: dict[Key, Any] = {}
        self.errors: dict[Key, list[Any]] = {}
        self._validators: dict[Key, Iterable[Callable[..., Any]]] = {}
        self._context = context

    def spread(self, data: Data, schema: Schema, at: Key = ()) -> None:
        """Lay out one level of the data beside the validators of its fields."""
        for name, rule in schema.items():
            key = (*at, name)
            if isinstance(rule, dict):
                for i, item in enumerate(_items(key, data.get(name, []))):
                    self.spread(item, rule, (*key, i))
                continue
            self._validators[key] = rule
            self.errors[key] = []
            if not name.startswith("__"):
                self.data[key] = data.get(name, missing)
        unknown = {name: value for name, value in data.items() if name not in schema}
        junk = {name: value for name, value in unknown.items() if _is_list_of_dicts(value)}
        extras = {name: value for name, value in unknown.items() if name not in junk}
        if extras:
            self.data[(*at, "__extras")] = extras
        if junk:
            self.data.setdefault(("__junk",), {}).update({(*at, name): value for name, value in junk.items()})

    def validate(self) -> None:
        """Run every validator, moment by moment."""
        inwards = sorted(self._validators, key=lambda key: (len(key), *key))
        self._run(key for key in inwards if key[-1] == "__before")
        self._run(key for key in inwards if not str(key[-1]).startswith("__"))
        self._run(key for key in inwards if key[-1] == "__extras")
        self._run(key for key in reversed(inwards) if key[-1] == "__after")
        self._run(key for key in inwards if key == ("__junk",))

    def _run(self, keys: Iterable[Key]) -> None:
        for key in keys:
            try:
                for validator in self._validators[key]:
                    self._call(validator, key)
            except StopOnError:
                continue

    def _call(self, validator: Callable[..., Any], key: Key) -> None:
        takes = _parameters_of(validator)
        try:
            if takes == _FLATTENED:
                validator(key, self.data, self.errors, self._context)
            elif takes == _FIELD_AND_CONTEXT:
                self.data[key] = validator(self.data.get(key), self._context)
            else:
                self.data[key] = validator(self.data.get(key))
        except Invalid as error:
            self.errors.setdefault(key, []).append(error.error)


def validate_action_data(schema_factory: Callable[[], Schema]) -> Callable[[Action], Action]:
    """Have an action called with data that a schema has converted; a `schema` in the context goes before it.

    Raises:
        ValidationError: when the action is called with data that the schema refuses.
    """

    def decorate(action: Action) -> Action:
        @wraps(action)
        def validated(context: dict[str, Any], data_dict: Data) -> Any:
            converted, errors = navl_validate(data_dict, context.get("schema") or schema_factory(), context)
            if errors:
                raise ValidationError(errors)
            return action(context, converted)

        return validated  # type: ignore[return-value]  # of the same signature

    return decorate


def _parameters_of(validator: Callable[..., Any]) -> int:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    try:
        count = sum(each.kind in kinds for each in signature(validator).parameters.values())
    except ValueError:
        return 1  # `int` and its like.
    if count not in (1, _FIELD_AND_CONTEXT, _FLATTENED):
        name = getattr(validator, "__name__", repr(validator))
        msg = f"cannot use {name} as a validator: it takes {count} positional parameters; take 1, 2 or 4"
        raise TypeError(msg)
    return count


def _is_list_of_dicts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _items(key: Key, value: Any) -> list[Data]:
    if value in (None, missing, []):
        return []
    if not _is_list_of_dicts(value):
        msg = f"cannot take {type(value).__name__!r} for {'.'.join(map(str, key))}; give a list of dicts"
        raise DataError(msg)
    found: list[Data] = value
    return found


def _nested(flat: dict[Key, Any], *, keep_places: bool = False) -> dict[str, Any]:
    root: dict[Any, Any] = {}
    for key, value in flat.items():
        level = root
        for part in key[:-1]:
            level = level.setdefault(part, {})
        level[key[-1]] = value
    lists = {key[: i + 1] for key in flat for i, part in enumerate(key[1:]) if isinstance(part, int)}
    for at in sorted(lists, key=len, reverse=True):  # The innermost first.
        level = root
        for part in at[:-1]:
            level = level[part]
        items: dict[int, Any] = level[at[-1]]
        places = range(max(items) + 1) if keep_places else sorted(items)
        level[at[-1]] = [items.get(place, {}) for place in places]
    return root
