"""Fills in, drops, moves or refuses a field, by whether it and others of the same data have a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portico.compat.ckan.actions import is_administrator
from portico.compat.ckan.config import asbool
from portico.compat.ckan.errors import StopOnError
from portico.compat.ckan.site import config
from portico.compat.ckan.validation import missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.compat.ckan.validation import Key

    Flat = dict[Key, Any]
    Errors = dict[Key, list[Any]]
    Context = dict[str, Any]


def ignore(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - the validators' form
    """Drop the field."""
    data.pop(key, None)
    raise StopOnError


def ignore_missing(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field that is absent or None, and call no further validator of it."""
    if data.get(key) is missing or data.get(key) is None:
        data.pop(key, None)
        raise StopOnError


def ignore_empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field that is absent or empty, and call no further validator of it."""
    if not data.get(key):
        data.pop(key, None)
        raise StopOnError


def not_missing(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that is absent."""
    if data.get(key) is missing:
        errors[key].append("Missing value")
        raise StopOnError


def not_empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that is absent or empty."""
    if not data.get(key):
        errors[key].append("Missing value")
        raise StopOnError


def empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that has a value."""
    value = data.pop(key, None)
    if value:
        named = ", ".join(map(str, value)) if key[-1] in ("__extras", "__junk") else str(key[-1])
        errors[key].append(f"The input field {named} was not expected.")


def default(default_value: Any) -> Callable[..., None]:
    """Return a validator that fills in a value for a field that is absent, None or an empty text."""

    def fill_in(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if data.get(key) in (None, "") or data[key] is missing:
            data[key] = default_value

    return fill_in


def configured_default(config_name: str, default_value_if_not_configured: Any) -> Callable[..., None]:
    """Do what `default` does, with a value of the configuration."""
    value = config.get(config_name)
    return default(default_value_if_not_configured if value is None else value)


def if_empty_same_as(other_key: str) -> Callable[..., None]:
    """Return a validator that fills in the value of another field for one that is absent or empty."""

    def fill_in(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if not data.get(key):
            data[key] = data.get((*key[:-1], other_key))

    return fill_in


def both_not_empty(other_key: str) -> Callable[..., None]:
    """Return a validator that refuses a field that is absent or empty while another one is so too."""

    def refuse(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if not data.get(key) and not data.get((*key[:-1], other_key)):
            errors[key].append("Missing value")
            raise StopOnError

    return refuse


def keep_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Put what the schema does not name beside what it names."""
    for name, value in (data.pop(key, None) or {}).items():
        data[(*key[:-1], name)] = value


def convert_to_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Move a field to the end of the list `extras`, as a dict of `key` and `value`."""
    taken = [int(each[1]) for each in data if each[0] == "extras" and len(each) > 1]
    place = max(taken, default=-1) + 1
    data[("extras", place, "key")] = key[-1]
    data[("extras", place, "value")] = data.pop(key, missing)


def convert_from_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Fill in a field from the list `extras`, and take it out of that list."""
    for each in list(data):
        if each[0] == "extras" and each[-1] == "key" and data[each] == key[-1]:
            data[key] = data.pop((*each[:-1], "value"), missing)
            place = each[:-1]
            for rest in [other for other in data if other[: len(place)] == place]:
                del data[rest]


def ignore_not_sysadmin(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field unless whoever acts is an administrator, or authorisation is ignored."""
    if not is_administrator(context) and not asbool(context.get("ignore_auth")):
        data.pop(key, None)
        raise StopOnError
